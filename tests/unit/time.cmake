foreach(part civil zone duration calendar window)
  retaind_test(test_${part} SOURCES ${CMAKE_CURRENT_LIST_DIR}/test_${part}.c
    LIBS base time LABEL unit)
endforeach()
retaind_test(test_zonefile
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/test_zonefile.c ${CMAKE_SOURCE_DIR}/daemon/policyfile/zonefile.c
  LIBS base time LABEL unit)
