check --jsn x
