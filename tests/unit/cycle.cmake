include(${CMAKE_SOURCE_DIR}/tests/support/retention.cmake)
# Some in the simulated world, some driven effect by effect, some with the calls of many.
retaind_tests(cycle_tests LABEL unit FILES ${CMAKE_CURRENT_LIST_DIR}/cycle_*_test.c
  LIBS base time retention pace cycle simulated_world retention_fixture)
