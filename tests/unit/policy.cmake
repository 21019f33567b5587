foreach(part document values layers lint print schema accounts discover folder)
  retaind_test(policyfile_${part} LABEL unit
    SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/policyfile_${part}_test.c
    LIBS policyfile retention time base PkgConfig::CJSON)
endforeach()
retaind_test(ctl_words LABEL unit
  SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/ctl_words_test.c
  LIBS ctl policyfile retention time base cloud)
