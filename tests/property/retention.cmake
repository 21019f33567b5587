include(${CMAKE_SOURCE_DIR}/tests/support/retention.cmake)
foreach(part oracle verdicts plan slot play)
  retaind_test(retention_${part}_property
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/retention_${part}_property.c
      ${CMAKE_CURRENT_LIST_DIR}/retention_world.c
    LIBS base time retention retention_fixture LABEL property)
endforeach()
