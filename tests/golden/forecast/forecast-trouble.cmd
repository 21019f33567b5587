forecast --policy tests/golden/forecast/policy.yaml --from 2026-11-21T00:00:00Z --cluster users --for 1y --miss 5% --seed 3 --down 2027-02-01/2027-02-10 --cloud-retention 90
