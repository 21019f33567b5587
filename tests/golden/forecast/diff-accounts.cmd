diff --old tests/golden/forecast/accounts-old.yaml --policy tests/golden/forecast/accounts-new.yaml --now 2026-11-21T00:00:00Z
