include(${CMAKE_SOURCE_DIR}/tests/support/retention.cmake)
add_executable(restic_oracle_keeps ${CMAKE_CURRENT_LIST_DIR}/restic_oracle_keeps.c)
target_link_libraries(restic_oracle_keeps PRIVATE base time retention retention_fixture)
set_target_properties(restic_oracle_keeps PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
add_test(NAME restic_oracle
  COMMAND python3 ${CMAKE_CURRENT_LIST_DIR}/restic_oracle.py $<TARGET_FILE:restic_oracle_keeps>)
set_tests_properties(restic_oracle PROPERTIES LABELS integration TIMEOUT 600 SKIP_RETURN_CODE 77)
