# The real daemon against the simulator: one ctest per file, which runs its tests at once.

# A wall clock that tests set; without the sanitizers, which do not go into what is preloaded.
add_library(wrongclock MODULE ${CMAKE_CURRENT_SOURCE_DIR}/harness/wrongclock.c)
target_compile_options(wrongclock PRIVATE -fno-sanitize=all -fPIC)
target_link_libraries(wrongclock PRIVATE ${CMAKE_DL_LIBS})
set_target_properties(wrongclock PROPERTIES PREFIX "" LINK_OPTIONS "" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)

file(GLOB files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/daemon/test_*.py)
foreach(file ${files})
  get_filename_component(name ${file} NAME_WE)
  string(REPLACE "test_" "daemon_" name ${name})
  add_test(NAME ${name} COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/harness/run.py ${file})
  set_tests_properties(${name} PROPERTIES LABELS integration TIMEOUT 600
    ENVIRONMENT "RETAIND_BIN_DIR=${CMAKE_RUNTIME_OUTPUT_DIRECTORY};PYTHONDONTWRITEBYTECODE=1")
endforeach()

# The same in networks of their own.
file(GLOB files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/isolated/test_*.py)
foreach(file ${files})
  get_filename_component(name ${file} NAME_WE)
  string(REPLACE "test_" "isolated_" name ${name})
  add_test(NAME ${name} COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/harness/run.py --isolated ${file})
  set_tests_properties(${name} PROPERTIES LABELS integration TIMEOUT 600
    ENVIRONMENT "RETAIND_BIN_DIR=${CMAKE_RUNTIME_OUTPUT_DIRECTORY};PYTHONDONTWRITEBYTECODE=1")
endforeach()
