retaind_tests(pace_tests LABEL unit FILES ${CMAKE_CURRENT_LIST_DIR}/pace_*test.c LIBS base pace)
