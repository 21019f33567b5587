include(${CMAKE_SOURCE_DIR}/daemon/service/description.cmake)
set(varlink_sources)
foreach(file varlink varlink_call varlink_connection varlink_socket)
  list(APPEND varlink_sources ${CMAKE_SOURCE_DIR}/daemon/service/${file}.c)
endforeach()
foreach(part varlink varlink_limits)
  retaind_test(${part}_test LABEL unit SOURCES ${CMAKE_CURRENT_LIST_DIR}/${part}_test.c
    ${CMAKE_CURRENT_LIST_DIR}/varlink_bench.c ${varlink_sources} LIBS base description PkgConfig::SYSTEMD m)
endforeach()
