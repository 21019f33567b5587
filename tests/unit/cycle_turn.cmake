include(${CMAKE_SOURCE_DIR}/tests/support/retention.cmake)
foreach(part turn next raise time life look awake fleet delete_when delete_split delete_told
    marks record listing_when due attempt showing)
  retaind_test(cycle_${part}_test SOURCES ${CMAKE_CURRENT_LIST_DIR}/cycle_${part}_test.c
    LIBS base time retention cycle simulated_world retention_fixture LABEL unit)
endforeach()
