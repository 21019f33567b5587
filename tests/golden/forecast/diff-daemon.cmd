diff --old tests/golden/forecast/daemon-old.yaml --policy tests/golden/forecast/daemon-new.yaml --now 2026-11-21T00:00:00Z
