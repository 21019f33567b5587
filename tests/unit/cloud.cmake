pkg_check_modules(SSL REQUIRED IMPORTED_TARGET libssl>=3.0)
foreach(name base sign reply reply_policy reply_clusters outcome source session subprocess request)
  retaind_test(${name}_test LABEL unit SOURCES ${CMAKE_CURRENT_LIST_DIR}/${name}_test.c
    LIBS base time retention cloud PkgConfig::CURL)
endforeach()
foreach(name client login transport)
  retaind_test(${name}_test LABEL unit TIMEOUT 120
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/${name}_test.c ${CMAKE_CURRENT_LIST_DIR}/client_rig.c
      ${CMAKE_CURRENT_LIST_DIR}/wire_server.c
    LIBS base time retention cloud PkgConfig::CURL PkgConfig::SSL)
endforeach()
retaind_test(describe_test LABEL unit
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/describe_test.c ${CMAKE_SOURCE_DIR}/daemon/service/finding.c
  LIBS base time retention cloud PkgConfig::CURL)
# Sessions end by a clock of the test's.
target_link_options(login_test PRIVATE -Wl,--wrap=cloud_clock_boot)
set(reconcile_sources)
foreach(file members cluster_listing reconcile merge)
  list(APPEND reconcile_sources ${CMAKE_SOURCE_DIR}/daemon/service/${file}.c)
endforeach()
retaind_test(reconcile_test LABEL unit
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/reconcile_test.c ${reconcile_sources}
  LIBS base time retention cloud PkgConfig::CURL)
