calendar daily -n 0
