include_guard(GLOBAL)
add_library(retention_fixture OBJECT ${CMAKE_CURRENT_LIST_DIR}/fixture.c)
target_include_directories(retention_fixture PUBLIC ${CMAKE_CURRENT_LIST_DIR})
target_link_libraries(retention_fixture PUBLIC base time retention)
