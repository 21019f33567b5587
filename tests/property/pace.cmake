retaind_test(pace_property SOURCES ${CMAKE_CURRENT_LIST_DIR}/pace_property.c LIBS base pace LABEL property)
target_include_directories(pace_property PRIVATE ${CMAKE_SOURCE_DIR}/tests)
