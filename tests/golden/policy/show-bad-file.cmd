show tests/golden/policy/errors.yaml
