calendar '*-*-* 25:00'
