retaind_test(pace_test SOURCES ${CMAKE_CURRENT_LIST_DIR}/pace_test.c LIBS base time retention cycle LABEL unit)
