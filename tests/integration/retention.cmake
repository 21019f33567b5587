include(${CMAKE_SOURCE_DIR}/tests/support/retention.cmake)
add_executable(restic_oracle_keeps ${CMAKE_CURRENT_LIST_DIR}/restic_oracle_keeps.c)
target_link_libraries(restic_oracle_keeps PRIVATE base time retention retention_fixture)
set_target_properties(restic_oracle_keeps PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
retaind_test(restic_oracle LABEL integration PACKAGES restic TARGETS restic_oracle_keeps PROPERTIES SKIP_RETURN_CODE 77
  COMMAND python3 tests/integration/restic_oracle.py $<TARGET_FILE:restic_oracle_keeps>)
