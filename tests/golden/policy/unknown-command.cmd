evalute
