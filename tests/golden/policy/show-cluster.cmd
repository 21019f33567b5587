show config/examples/fleet.yaml --cluster payments
