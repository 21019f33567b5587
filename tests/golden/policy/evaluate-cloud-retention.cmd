evaluate --policy tests/golden/policy/evaluate.yaml --cluster orders --now 2026-11-21T00:00:00Z --sets tests/golden/policy/sets.json --cloud-retention 2
