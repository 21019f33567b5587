check config/examples/*.yaml config/examples/teams/policy.yaml
