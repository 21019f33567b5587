retaind_tests(time_properties LABEL property FILES ${CMAKE_CURRENT_LIST_DIR}/test_*.c
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/systemd.c ${CMAKE_SOURCE_DIR}/daemon/policyfile/readfile.c
  ${CMAKE_SOURCE_DIR}/daemon/policyfile/zonefile.c LIBS base time)
