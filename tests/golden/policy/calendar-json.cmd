calendar 'Mon..Fri 02:00' --timezone Europe/Berlin --after 2026-03-26T12:00:00Z -n 4 --json
