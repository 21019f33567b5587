# The cycle's ledger.c alone: the store must not need the rest of it.
retaind_test(store_test LABEL unit SOURCES ${CMAKE_CURRENT_LIST_DIR}/store_test.c ${CMAKE_CURRENT_LIST_DIR}/store_vfs.c
  ${CMAKE_SOURCE_DIR}/daemon/cycle/ledger.c LIBS base store)
