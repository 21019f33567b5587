# The cloud vendor's own client against the simulator. npm installs it once per build directory; if
# that fails the test fails.
set(vendor ${CMAKE_CURRENT_BINARY_DIR}/vendor)
add_test(NAME vendor_install COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/vendor/install ${vendor})
add_test(NAME vendor_client COMMAND node --test ${CMAKE_CURRENT_SOURCE_DIR}/vendor/client.test.mjs)
set_tests_properties(vendor_install PROPERTIES FIXTURES_SETUP vendor LABELS integration TIMEOUT 300)
set_tests_properties(vendor_client PROPERTIES FIXTURES_REQUIRED vendor LABELS integration TIMEOUT 120
  ENVIRONMENT "SIMULATOR=$<TARGET_FILE:adb-simulator>;VENDOR_DIR=${vendor}")
add_test(NAME vendor_requests COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/harness/run.py
  ${CMAKE_CURRENT_SOURCE_DIR}/vendor/test_requests.py)
set_tests_properties(vendor_requests PROPERTIES FIXTURES_REQUIRED vendor LABELS integration TIMEOUT 600
  ENVIRONMENT "RETAIND_BIN_DIR=${CMAKE_RUNTIME_OUTPUT_DIRECTORY};VENDOR_DIR=${vendor};PYTHONDONTWRITEBYTECODE=1")
add_test(NAME vendor_login COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/harness/run.py --isolated
  ${CMAKE_CURRENT_SOURCE_DIR}/vendor/test_login.py)
set_tests_properties(vendor_login PROPERTIES FIXTURES_REQUIRED vendor LABELS integration TIMEOUT 600
  ENVIRONMENT "RETAIND_BIN_DIR=${CMAKE_RUNTIME_OUTPUT_DIRECTORY};VENDOR_DIR=${vendor};PYTHONDONTWRITEBYTECODE=1")
