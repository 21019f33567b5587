# What of service/ needs no daemon around it.
set(service_sources)
foreach(file finding members cluster_listing reconcile merge journal journal_queue supervisor turns proof ending)
  list(APPEND service_sources ${CMAKE_SOURCE_DIR}/daemon/service/${file}.c)
endforeach()
set(service_files)
foreach(name describe reconcile journal turns proof ending)
  list(APPEND service_files ${CMAKE_CURRENT_LIST_DIR}/${name}_test.c)
endforeach()
retaind_tests(service_tests LABEL unit FILES ${service_files} SOURCES ${service_sources}
  LIBS base time retention cloud PkgConfig::CURL)
