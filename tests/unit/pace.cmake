retaind_test(pace_test SOURCES ${CMAKE_CURRENT_LIST_DIR} / pace_test.c LIBS base pace LABEL unit)
	retaind_test(pace_throttle_test SOURCES ${CMAKE_CURRENT_LIST_DIR} /
		pace_throttle_test.c LIBS base pace LABEL unit)
