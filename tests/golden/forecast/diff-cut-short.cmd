diff --old tests/golden/forecast/policy.yaml --policy tests/golden/forecast/changed.yaml --now 2026-11-21T00:00:00Z --cluster orders --sets tests/golden/policy/first-page.json
