check tests/golden/policy/protect-ended.yaml
