retaind_tests(pace_properties LABEL property FILES ${CMAKE_CURRENT_LIST_DIR}/pace_property.c
  LIBS base pace)
target_include_directories(pace_properties PRIVATE ${CMAKE_SOURCE_DIR}/tests)
