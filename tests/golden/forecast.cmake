retaind_test(golden_forecast LABEL golden TARGETS retainctl
  COMMAND tests/golden/golden.sh $<TARGET_FILE:retainctl> tests/golden/forecast)
retaind_test(golden_schema LABEL golden COMMAND python3 tests/golden/schema/validate.py tests/golden)
