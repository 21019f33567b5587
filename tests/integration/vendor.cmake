# The cloud vendor's own client against the simulator. npm installs it once per build directory; if
# that fails the test fails.
set(vendor ${CMAKE_CURRENT_BINARY_DIR}/vendor)
retaind_test(vendor_install LABEL integration PACKAGES vendor PROPERTIES FIXTURES_SETUP vendor
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/vendor/install ${vendor})
retaind_test(vendor_client LABEL integration PACKAGES vendor TARGETS adb-simulator
  ENVIRONMENT "SIMULATOR=$<TARGET_FILE:adb-simulator>" VENDOR_DIR=${vendor} PROPERTIES FIXTURES_REQUIRED vendor
  COMMAND node --test ${CMAKE_CURRENT_SOURCE_DIR}/vendor/client.test.mjs)
retaind_test(vendor_requests LABEL integration PACKAGES vendor TARGETS retaind retainctl adb-simulator wrongclock
  ENVIRONMENT VENDOR_DIR=${vendor} PROPERTIES FIXTURES_REQUIRED vendor
  COMMAND python3 tests/integration/harness/run.py tests/integration/vendor/test_requests.py)
retaind_test(vendor_login LABEL integration PACKAGES vendor TARGETS retaind retainctl adb-simulator wrongclock
  ENVIRONMENT VENDOR_DIR=${vendor} PROPERTIES FIXTURES_REQUIRED vendor
  COMMAND python3 tests/integration/harness/run.py --isolated tests/integration/vendor/test_login.py)
