retaind_tests(notify_properties LABEL property FILES ${CMAKE_CURRENT_LIST_DIR}/notify_property.c
  LIBS base time notify)
target_include_directories(notify_properties PRIVATE ${CMAKE_SOURCE_DIR}/tests)
