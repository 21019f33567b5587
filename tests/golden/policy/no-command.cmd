 2>/dev/null
