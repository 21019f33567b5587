check config/examples/minimal.yaml tests/golden/policy/no-such.yaml config/examples/fleet.yaml
