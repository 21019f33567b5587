# The cycle's ledger.c alone: the store must not need the rest of it.
foreach(part store store_crash store_damage store_found)
  retaind_test(${part}_test LABEL unit SOURCES ${CMAKE_CURRENT_LIST_DIR}/${part}_test.c
    ${CMAKE_CURRENT_LIST_DIR}/store_bench.c ${CMAKE_CURRENT_LIST_DIR}/store_vfs.c
    ${CMAKE_SOURCE_DIR}/daemon/cycle/ledger.c LIBS base store)
endforeach()
