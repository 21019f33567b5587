forecast --policy tests/golden/forecast/policy.yaml --from 2026-11-21T00:00:00Z --cluster orders --svg /nowhere/picture.svg
