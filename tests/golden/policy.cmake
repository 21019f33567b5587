add_test(NAME golden_policy
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/golden.sh $<TARGET_FILE:retainctl> tests/golden/policy
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
set_tests_properties(golden_policy PROPERTIES LABELS golden TIMEOUT 60)
