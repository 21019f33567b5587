forecast --policy tests/golden/forecast/policy.yaml --from 2026-11-21T00:00:00Z --cluster orders --sets tests/golden/policy/sets.json --for 1mo --json
