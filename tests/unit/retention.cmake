include(${CMAKE_SOURCE_DIR}/tests/support/retention.cmake)
foreach(part set pack listing rule policy verdict plan batch slot reach explain
  forecast compare play expiry forecast_gap)
  retaind_test(retention_${part}_test SOURCES ${CMAKE_CURRENT_LIST_DIR}/retention_${part}_test.c
    LIBS base time retention retention_fixture LABEL unit)
endforeach()
