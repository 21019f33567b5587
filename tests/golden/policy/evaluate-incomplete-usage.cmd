evaluate --policy tests/golden/policy/evaluate.yaml
