show config/examples/fleet.yaml
