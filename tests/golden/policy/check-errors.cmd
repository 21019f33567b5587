check tests/golden/policy/errors.yaml
