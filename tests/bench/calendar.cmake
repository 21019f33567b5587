include(${CMAKE_SOURCE_DIR}/tests/support/retention.cmake)
retaind_bench(calendar_bench SOURCES ${CMAKE_CURRENT_LIST_DIR}/calendar_bench.c
  LIBS base time retention retention_fixture)
