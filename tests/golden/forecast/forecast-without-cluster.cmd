forecast --policy tests/golden/forecast/policy.yaml
