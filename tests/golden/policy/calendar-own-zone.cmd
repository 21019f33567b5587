calendar 'daily Asia/Shanghai' --after 2026-01-01T00:00:00Z --number=2
