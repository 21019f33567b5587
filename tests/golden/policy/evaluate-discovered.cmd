evaluate --policy config/examples/discover.yaml --cluster orders --sets tests/golden/policy/sets.json
