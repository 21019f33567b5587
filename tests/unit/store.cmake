# The cycle's ledger.c alone: the store must not need the rest of it.
retaind_tests(store_tests LABEL unit FILES ${CMAKE_CURRENT_LIST_DIR}/store_*test.c
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/store_help.c ${CMAKE_CURRENT_LIST_DIR}/store_vfs.c
    ${CMAKE_SOURCE_DIR}/daemon/cycle/ledger.c
  LIBS base time store)
