evaluate --policy tests/golden/policy/evaluate.yaml --cluster orders --now today --sets tests/golden/policy/sets.json
