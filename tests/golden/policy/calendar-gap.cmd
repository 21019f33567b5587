calendar '*-*-* 02:30' -z Europe/Berlin -a 2026-03-28 -n 3
