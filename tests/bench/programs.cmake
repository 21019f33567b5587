# Benchmarks of whole programs, in Python: against the simulator.
foreach(name fleet idle prune script startup)
  add_custom_target(${name}_bench
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/bench
    COMMAND ${CMAKE_COMMAND} -E create_symlink ${CMAKE_CURRENT_LIST_DIR}/${name}_bench.py ${CMAKE_BINARY_DIR}/bench/${name}_bench)
  add_dependencies(${name}_bench retaind retainctl)
  if(TARGET adb-simulator)
    add_dependencies(${name}_bench adb-simulator)
  endif()
endforeach()
