foreach(part clock listing backup prune delete crash retention pause rest)
  retaind_test(cycle_${part}_test SOURCES ${CMAKE_CURRENT_LIST_DIR}/cycle_${part}_test.c
    LIBS base time retention cycle simulated_world LABEL unit)
endforeach()
