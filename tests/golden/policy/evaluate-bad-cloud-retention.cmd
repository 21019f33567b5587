evaluate --policy tests/golden/policy/evaluate.yaml --cluster orders --sets tests/golden/policy/sets.json --cloud-retention ten
