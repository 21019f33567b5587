calendar '2020-01-01' --after 2026-01-01 --json
