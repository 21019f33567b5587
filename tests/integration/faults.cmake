# Real faults under the real daemon. The long modes are in ./dev faults.
add_library(faultshim MODULE ${CMAKE_CURRENT_SOURCE_DIR}/faults/faultshim.c)
target_compile_options(faultshim PRIVATE -fno-sanitize=all -fPIC -fno-builtin)
target_link_options(faultshim PRIVATE -fno-sanitize=all -Wl,--no-as-needed)
target_link_libraries(faultshim PRIVATE ${CMAKE_DL_LIBS})
set_target_properties(faultshim PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
set(faults_environment "RETAIND_BIN_DIR=${CMAKE_RUNTIME_OUTPUT_DIRECTORY};PYTHONDONTWRITEBYTECODE=1")
if(RETAIND_SANITIZE)
  target_compile_definitions(faultshim PRIVATE FAULTSHIM_NO_MALLOC)
  list(APPEND faults_environment RETAIND_SANITIZED=1)
endif()

add_test(NAME faults_calls COMMAND python3 ${CMAKE_CURRENT_LIST_DIR}/harness/run.py
  ${CMAKE_CURRENT_LIST_DIR}/faults/test_faults.py)
add_test(NAME faults_kills COMMAND python3 ${CMAKE_CURRENT_LIST_DIR}/faults/kills.py)
set(faults_tests faults_calls faults_kills)
set_tests_properties(${faults_tests} PROPERTIES LABELS integration TIMEOUT 600
  ENVIRONMENT "${faults_environment}")
