retaind_test(golden_report LABEL golden TARGETS retainctl
  COMMAND tests/golden/golden.sh $<TARGET_FILE:retainctl> tests/golden/report)
