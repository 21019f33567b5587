include(${CMAKE_SOURCE_DIR}/tests/support/retention.cmake)
retaind_bench(forecast_bench SOURCES ${CMAKE_CURRENT_LIST_DIR}/forecast_bench.c
  LIBS base time retention outlook retention_fixture)
