include(${CMAKE_SOURCE_DIR}/tests/support/retention.cmake)
retaind_tests(retention_properties LABEL property FILES ${CMAKE_CURRENT_LIST_DIR}/retention_*_property.c
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/retention_world.c LIBS base time retention retention_fixture)
retaind_tests(outlook_properties LABEL property FILES ${CMAKE_CURRENT_LIST_DIR}/outlook_*_property.c
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/retention_world.c LIBS base time retention outlook retention_fixture)
