include(${CMAKE_SOURCE_DIR}/daemon/service/description.cmake)
set(online_sources)
foreach(file varlink varlink_call varlink_connection varlink_socket)
  list(APPEND online_sources ${CMAKE_SOURCE_DIR}/daemon/service/${file}.c)
endforeach()
retaind_test(online_test LABEL unit SOURCES ${CMAKE_CURRENT_LIST_DIR}/online_test.c ${online_sources}
  LIBS base description PkgConfig::SYSTEMD m)
target_compile_definitions(online_test PRIVATE RETAINCTL="$<TARGET_FILE:retainctl>")
add_dependencies(online_test retainctl)
