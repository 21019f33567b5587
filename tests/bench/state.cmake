retaind_bench(state_bench SOURCES ${CMAKE_CURRENT_LIST_DIR}/state_bench.c
  ${CMAKE_SOURCE_DIR}/daemon/cycle/ledger.c LIBS store time base)
