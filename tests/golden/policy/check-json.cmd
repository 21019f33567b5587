check --json tests/golden/policy/warnings.yaml tests/golden/policy/errors.yaml /nowhere/policy.yaml config/examples/discover.yaml
