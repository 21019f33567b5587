retaind_tests(policyfile_tests LABEL unit FILES ${CMAKE_CURRENT_LIST_DIR}/policyfile_*_test.c
  LIBS policyfile retention time base PkgConfig::CJSON)
retaind_tests(ctl_tests LABEL unit FILES ${CMAKE_CURRENT_LIST_DIR}/ctl_*_test.c
  LIBS ctl policyfile outlook retention time base cloud notify)
