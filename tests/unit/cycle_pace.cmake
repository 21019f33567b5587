foreach(part pace pace_throttle)
  retaind_test(cycle_${part}_test SOURCES ${CMAKE_CURRENT_LIST_DIR}/cycle_${part}_test.c
    LIBS base time retention cycle LABEL unit)
endforeach()
