evaluate --policy tests/golden/policy/evaluate.yaml --cluster order --sets tests/golden/policy/sets.json
