set(here ${CMAKE_CURRENT_LIST_DIR})
pkg_check_modules(SSL REQUIRED IMPORTED_TARGET libssl>=3.0)
retaind_tests(base_tests LABEL unit FILES ${here}/base_test.c LIBS base)
set(cloud_files)
foreach(name client outcome reply reply_clusters reply_policy request session sign source subprocess transport)
  list(APPEND cloud_files ${here}/${name}_test.c)
endforeach()
set(cloud_help ${here}/client_rig.c ${here}/wire_server.c)
retaind_tests(cloud_tests LABEL unit FILES ${cloud_files} SOURCES ${cloud_help}
  LIBS base time retention cloud PkgConfig::CURL PkgConfig::SSL)
# Sessions end by a clock of the test's. The others want the real one.
retaind_tests(login_tests LABEL unit FILES ${here}/login_test.c SOURCES ${cloud_help}
  LIBS base time retention cloud PkgConfig::CURL PkgConfig::SSL)
target_link_options(login_tests PRIVATE -Wl,--wrap=cloud_clock_boot,--wrap=cloud_clock_wall)
# Names are answered when the test says so.
retaind_tests(resolve_tests LABEL unit FILES ${here}/resolve_test.c
  LIBS base time retention cloud PkgConfig::CURL)
target_link_options(resolve_tests PRIVATE -Wl,--wrap=getaddrinfo)
