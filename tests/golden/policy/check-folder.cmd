check tests/golden/policy/folder/policy.yaml
