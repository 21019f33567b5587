foreach(part zone_as_glibc zone_hostile calendar_as_systemd calendar_laws)
  retaind_test(test_${part}
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/test_${part}.c
      ${CMAKE_SOURCE_DIR}/daemon/policyfile/zonefile.c
    LIBS base time LABEL property)
endforeach()
target_sources(test_calendar_as_systemd PRIVATE ${CMAKE_CURRENT_LIST_DIR}/systemd.c)
