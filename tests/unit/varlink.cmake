include(${CMAKE_SOURCE_DIR}/daemon/service/description.cmake)
set(varlink_sources)
foreach(file varlink varlink_call varlink_connection varlink_socket)
  list(APPEND varlink_sources ${CMAKE_SOURCE_DIR}/daemon/service/${file}.c)
endforeach()
retaind_test(varlink_test LABEL unit SOURCES ${CMAKE_CURRENT_LIST_DIR}/varlink_test.c ${varlink_sources}
  LIBS base description PkgConfig::SYSTEMD m)
