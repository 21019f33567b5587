show config/examples/accounts.yaml --cluster partner-orders
