check tests/golden/policy/accounts-errors.yaml
