show config/examples/fleet.yaml --cluster payment
