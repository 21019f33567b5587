report --html - -p tests/golden/policy/errors.yaml
