add_custom_target(prune_bench ALL
  COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/bench
  COMMAND ${CMAKE_COMMAND} -E create_symlink ${CMAKE_CURRENT_LIST_DIR}/prune_bench.py ${CMAKE_BINARY_DIR}/bench/prune_bench)
