include(${CMAKE_SOURCE_DIR}/tests/support/retention.cmake)
foreach(part marks record listing_when)
  retaind_test(cycle_${part}_test LABEL unit SOURCES ${CMAKE_CURRENT_LIST_DIR}/cycle_${part}_test.c
    LIBS base time retention cycle simulated_world retention_fixture)
endforeach()
