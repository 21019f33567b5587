include(${CMAKE_SOURCE_DIR}/tests/support/retention.cmake)
retaind_test(cycle_turn_test SOURCES ${CMAKE_CURRENT_LIST_DIR}/cycle_turn_test.c
  LIBS base time retention cycle retention_fixture LABEL unit)
