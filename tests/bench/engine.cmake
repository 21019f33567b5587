include(${CMAKE_SOURCE_DIR}/tests/support/retention.cmake)
retaind_bench(engine_bench SOURCES ${CMAKE_CURRENT_LIST_DIR}/engine_bench.c
  LIBS base time retention retention_fixture)
