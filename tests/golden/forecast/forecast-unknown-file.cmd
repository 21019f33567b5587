forecast --policy /nowhere/policy.yaml --cluster orders
