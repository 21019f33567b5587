forecast --policy tests/golden/forecast/policy.yaml --cluster orders --from yesterday
