report --html - -p tests/golden/report/policy.yaml --now 2026-11-21T00:00:00Z --sets orders=tests/golden/report/orders.json
