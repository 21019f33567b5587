evaluate --policy tests/golden/policy/evaluate.yaml --cluster amv-1 --now 2026-11-21T00:00:00Z --sets tests/golden/policy/first-page.json --json
