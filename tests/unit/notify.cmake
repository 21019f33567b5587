retaind_tests(notify_tests LABEL unit FILES ${CMAKE_CURRENT_LIST_DIR}/notify_*test.c LIBS base time notify)
