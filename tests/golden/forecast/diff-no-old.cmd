diff --old /nowhere/policy.yaml --policy tests/golden/forecast/changed.yaml
