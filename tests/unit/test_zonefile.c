/* Zones found by name. The zones themselves are compared with the C library's in tests/property. */
#include "policyfile/zonefile.h"

#include "base/memory.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../support/cmocka_all.h"

static void a_zone_is_loaded_by_its_name(void **state)
{
	struct zone *z = NULL;
	struct error err = {0};

	(void)state;
	if (zonefile_load("Asia/Shanghai", &z, &err) != 0)
		fail_msg("%s (this test needs tzdata)", err.text);
	assert_string_equal(zone_name(z), "Asia/Shanghai");
	assert_int_equal(zone_offset(z, 1795219200, NULL), 8 * 3600);
	zone_free(z);
}

static void names_that_leave_the_directory_are_refused(void **state)
{
	static const char *const cases[] = {"", "/etc/localtime", "../../../etc/passwd", "..", ".",
		"Europe/../../../../etc/passwd", "Europe/./Berlin", "Europe//Berlin", "Europe/",
		"Europe/Berlin ", "Europe/Berlin\n", "Europe Berlin", "\xff\xfe", "%s%n", "~root"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct zone *z = NULL;
		struct error err = {0};

		if (zonefile_load(cases[i], &z, &err) != -EINVAL)
			fail_msg("'%s' was taken", cases[i]);
		assert_null(z);
		assert_non_null(strstr(err.text, "is not the name of a time zone"));
		assert_null(strchr(err.text, '\n'));
	}
}

static void an_unknown_name_gets_the_nearest_known_one(void **state)
{
	static const struct {
		const char *name, *advice;
	} cases[] = {
		{"Asia/Shangai", "did you mean 'Asia/Shanghai'?"},
		{"europe/berlin", "did you mean 'Europe/Berlin'?"},
		{"America/NewYork", "did you mean 'America/New_York'?"},
		{"Qqqqqqqqqqqqqqqq", "use a name such as Asia/Shanghai or UTC"},
		{"Europe/Berlin/Mitte", "there is no time zone"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct zone *z = NULL;
		struct error err = {0};

		assert_int_equal(zonefile_load(cases[i].name, &z, &err), -ENOENT);
		assert_null(z);
		assert_non_null(strstr(err.text, cases[i].name));
		if (!strstr(err.text, cases[i].advice))
			fail_msg("%s: %s", cases[i].name, err.text);
	}
}

static void files_that_are_no_zones_are_refused(void **state)
{
	static const char *const cases[] = {"tzdata.zi", "zone.tab", "Europe"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct zone *z = NULL;
		struct error err = {0};

		if (zonefile_load(cases[i], &z, &err) != -EINVAL)
			fail_msg("'%s' was taken", cases[i]);
		assert_null(z);
		assert_non_null(strstr(err.text, cases[i]));
	}
}

static void without_tzdata_only_utc_is_known(void **state)
{
	char dir[] = "/tmp/zonefile.XXXXXX", path[64];
	struct zone *z = NULL;
	struct error err = {0};
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(setenv("TZDIR", dir, 1), 0);
	assert_int_equal(zonefile_load("UTC", &z, &err), 0);
	zone_free(z);
	z = NULL;
	assert_int_equal(zonefile_load("Asia/Shanghai", &z, &err), -ENOENT);
	assert_non_null(strstr(err.text, "install tzdata"));
	assert_null(z);
	/* An empty file, and one too large to be a zone. */
	(void)snprintf(path, sizeof(path), "%s/Empty", dir);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(zonefile_load("Empty", &z, &err), -EINVAL);
	assert_int_equal(ftruncate(fileno(f), 1 << 30), 0);
	fclose(f);
	assert_int_equal(zonefile_load("Empty", &z, &err), -EINVAL);
	assert_null(z);
	unlink(path);
	/* A pipe must not block. */
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(zonefile_load("Empty", &z, &err), -EINVAL);
	unlink(path);
	rmdir(dir);
	unsetenv("TZDIR");
}

TEST_FILE(test_zonefile)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_zone_is_loaded_by_its_name),
		cmocka_unit_test(names_that_leave_the_directory_are_refused),
		cmocka_unit_test(an_unknown_name_gets_the_nearest_known_one),
		cmocka_unit_test(files_that_are_no_zones_are_refused),
		cmocka_unit_test(without_tzdata_only_utc_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
