check tests/golden/policy/warnings.yaml
