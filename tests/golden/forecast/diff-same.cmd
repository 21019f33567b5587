diff --old tests/golden/forecast/policy.yaml --policy tests/golden/forecast/policy.yaml --now 2026-11-21T00:00:00Z
