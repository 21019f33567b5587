include(${CMAKE_SOURCE_DIR}/tests/support/retention.cmake)
retaind_test(cycle_marks_test LABEL unit SOURCES ${CMAKE_CURRENT_LIST_DIR}/cycle_marks_test.c
  LIBS base time retention cycle retention_fixture)
