/* cmocka with the headers that it wants before it, and what makes a file part of a test program. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/*
 * The tests of a file, by the file's name without its ending. Returns what cmocka_run_group_tests()
 * does: how many failed. runner.c calls it; tests/CMakeLists.txt tells runner.c the names.
 */
#define TEST_FILE(name) \
	int name(void); \
	int name(void)
