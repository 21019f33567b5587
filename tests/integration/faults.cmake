# Real faults under the real daemon. The long modes are in ./dev faults.
add_library(faultshim MODULE ${CMAKE_CURRENT_SOURCE_DIR}/faults/faultshim.c)
target_compile_options(faultshim PRIVATE -fno-sanitize=all -fPIC -fno-builtin)
target_link_options(faultshim PRIVATE -fno-sanitize=all -Wl,--no-as-needed)
target_link_libraries(faultshim PRIVATE ${CMAKE_DL_LIBS})
set_target_properties(faultshim PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
set(environment)
if(RETAIND_SANITIZE)
  target_compile_definitions(faultshim PRIVATE FAULTSHIM_NO_MALLOC)
  set(environment RETAIND_SANITIZED=1)
endif()

set(programs retaind retainctl adb-simulator wrongclock faultshim)
retaind_test(faults_calls LABEL integration TARGETS ${programs} ENVIRONMENT ${environment}
  COMMAND python3 tests/integration/harness/run.py tests/integration/faults/test_faults.py)
retaind_test(faults_kills LABEL integration TARGETS ${programs} ENVIRONMENT ${environment}
  COMMAND python3 tests/integration/faults/kills.py)
retaind_test(faults_week LABEL integration TARGETS ${programs} ENVIRONMENT ${environment}
  COMMAND python3 tests/integration/faults/week.py)
