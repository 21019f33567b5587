calendar Mon 02:00
