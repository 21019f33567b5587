include(${CMAKE_SOURCE_DIR}/tests/support/retention.cmake)
retaind_tests(retention_tests LABEL unit FILES ${CMAKE_CURRENT_LIST_DIR}/retention_*_test.c
  LIBS base time retention outlook retention_fixture)
retaind_tests(outlook_tests LABEL unit FILES ${CMAKE_CURRENT_LIST_DIR}/outlook_*_test.c
  LIBS base time retention outlook retention_fixture m)
