show config/examples/discover.yaml
