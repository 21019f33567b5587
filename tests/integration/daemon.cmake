# The real daemon against the simulator: one ctest per file, which runs its tests at once.

# A wall clock that tests set; without the sanitizers, which do not go into what is preloaded.
add_library(wrongclock MODULE ${CMAKE_CURRENT_SOURCE_DIR}/harness/wrongclock.c)
target_compile_options(wrongclock PRIVATE -fno-sanitize=all -fPIC)
target_link_libraries(wrongclock PRIVATE ${CMAKE_DL_LIBS})
set_target_properties(wrongclock PROPERTIES PREFIX "" LINK_OPTIONS "" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)

# What some of them want beside the programs: groups of the table in dev.
set(packages_daemon_metrics promtool)
set(packages_daemon_operator terminal)
set(packages_daemon_report browser)

# The second kind has networks of its own.
set(options_isolated --isolated)
foreach(kind daemon isolated)
  file(GLOB files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${kind}/test_*.py)
  foreach(file ${files})
    get_filename_component(name ${file} NAME_WE)
    string(REPLACE "test_" "${kind}_" name ${name})
    retaind_test(${name} LABEL integration TARGETS retaind retainctl adb-simulator wrongclock
      PACKAGES ${packages_${name}} COMMAND python3 tests/integration/harness/run.py ${options_${kind}} ${file})
  endforeach()
endforeach()
