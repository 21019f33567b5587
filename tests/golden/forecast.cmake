add_test(NAME golden_forecast
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/golden.sh $<TARGET_FILE:retainctl> tests/golden/forecast
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
set_tests_properties(golden_forecast PROPERTIES LABELS golden TIMEOUT 120)

add_test(NAME golden_schema
  COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/schema/validate.py ${CMAKE_CURRENT_SOURCE_DIR})
set_tests_properties(golden_schema PROPERTIES LABELS golden TIMEOUT 60)
