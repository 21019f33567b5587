report --html - -p tests/golden/report/policy.yaml --now yesterday
