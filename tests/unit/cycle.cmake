include(${CMAKE_SOURCE_DIR}/tests/support/retention.cmake)
foreach(part
    clock listing backup prune delete crash retention pause rest # in the simulated world
    turn next raise time life look awake # driven effect by effect ...
    delete_when delete_split delete_told
    marks record listing_when
    due attempt showing
    fleet) # ... and calls of many, each when it may be made
  retaind_test(cycle_${part}_test SOURCES ${CMAKE_CURRENT_LIST_DIR}/cycle_${part}_test.c
    LIBS base time retention pace cycle simulated_world retention_fixture LABEL unit)
endforeach()
