forecast --policy tests/golden/forecast/cost.yaml --from 2026-11-21T00:00:00Z --cluster orders --size 20GiB --for 2y
