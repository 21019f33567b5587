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
		{"Asia/Beijing", "did you mean 'Asia/Shanghai'?"},
		{"shenzhen", "did you mean 'Asia/Shanghai'?"},
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

static void write_file(const char *dir, const char *name, const char *text)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", dir, name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	(void)fputs(text, f);
	(void)fclose(f);
}

/* tzdata.zi knows old names also where their files are not installed. */
static void old_names_have_a_present_one(void **state)
{
	static const struct {
		const char *name, *instead;
	} cases[] = {
		{"PRC", "Asia/Shanghai"},
		{"US/Pacific", "America/Los_Angeles"},
		{"Asia/Shanghai", NULL},
		{"Europe/Oslo", NULL}, /* a link, and a place of its own */
		{"GMT", NULL},         /* tzdata keeps it */
		{"Nowhere", NULL},
	};
	char dir[] = "/tmp/zonefile.XXXXXX";
	struct zone *z = NULL;
	struct error err = {0};

	(void)state;
	assert_non_null(mkdtemp(dir));
	write_file(dir, "tzdata.zi",
		"# version 2026a\nL Asia/Shanghai PRC\nL America/Los_Angeles US/Pacific\n"
		"L Europe/Berlin Europe/Oslo\nL Etc/GMT GMT\n");
	write_file(dir, "zone.tab",
		"CN\t+3114+12128\tAsia/Shanghai\nUS\t+340308-1181434\tAmerica/Los_Angeles\n"
		"DE\t+5230+01322\tEurope/Berlin\nNO\t+5955+01045\tEurope/Oslo\n");
	assert_int_equal(setenv("TZDIR", dir, 1), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *instead = zonefile_instead(cases[i].name);
		if (!text_equal(instead ? instead : "-", cases[i].instead ? cases[i].instead : "-"))
			fail_msg("%s: %s", cases[i].name, instead ? instead : "none");
	}
	assert_int_equal(zonefile_load("US/Pacific", &z, &err), -ENOENT);
	assert_non_null(strstr(err.text, "(did you mean 'America/Los_Angeles'?)"));
	for (int i = 0; i < 2; i++) {
		_cleanup_free_ char *path = xasprintf("%s/%s", dir, i ? "zone.tab" : "tzdata.zi");
		(void)unlink(path);
	}
	(void)rmdir(dir);
	(void)unsetenv("TZDIR");
}

TEST_FILE(test_zonefile)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_zone_is_loaded_by_its_name),
		cmocka_unit_test(names_that_leave_the_directory_are_refused),
		cmocka_unit_test(an_unknown_name_gets_the_nearest_known_one),
		cmocka_unit_test(files_that_are_no_zones_are_refused),
		cmocka_unit_test(without_tzdata_only_utc_is_known),
		cmocka_unit_test(old_names_have_a_present_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
