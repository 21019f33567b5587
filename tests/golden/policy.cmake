retaind_test(golden_policy LABEL golden TARGETS retainctl
  COMMAND tests/golden/golden.sh $<TARGET_FILE:retainctl> tests/golden/policy)
