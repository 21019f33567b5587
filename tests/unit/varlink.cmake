include(${CMAKE_SOURCE_DIR}/daemon/service/description.cmake)
set(varlink_sources)
foreach(file varlink varlink_call varlink_connection varlink_socket)
  list(APPEND varlink_sources ${CMAKE_SOURCE_DIR}/daemon/service/${file}.c)
endforeach()
retaind_tests(varlink_tests LABEL unit FILES ${CMAKE_CURRENT_LIST_DIR}/varlink_*test.c
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/varlink_bench.c ${varlink_sources} LIBS base description PkgConfig::SYSTEMD m)

# retainctl, a program, and a server of the test's.
retaind_tests(online_tests LABEL unit FILES ${CMAKE_CURRENT_LIST_DIR}/online_test.c
  SOURCES ${varlink_sources} LIBS base description PkgConfig::SYSTEMD m)
target_compile_definitions(online_tests PRIVATE RETAINCTL="$<TARGET_FILE:retainctl>")
add_dependencies(online_tests retainctl)
