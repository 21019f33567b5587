include(${CMAKE_SOURCE_DIR}/tests/support/retention.cmake)
foreach(part when split told)
  retaind_test(cycle_delete_${part}_test LABEL unit
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/cycle_delete_${part}_test.c
    LIBS base time retention cycle retention_fixture)
endforeach()
