add_test(NAME golden_report
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/golden.sh $<TARGET_FILE:retainctl> tests/golden/report
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
set_tests_properties(golden_report PROPERTIES LABELS golden TIMEOUT 60)
