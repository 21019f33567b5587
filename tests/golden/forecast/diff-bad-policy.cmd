diff --old tests/golden/forecast/policy.yaml --policy tests/golden/policy/errors.yaml
