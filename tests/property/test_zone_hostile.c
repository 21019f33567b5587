/* Time zone files that were cut or changed: an error or a zone, but no crash and no endless loop.
 * The sanitizers make this test worth its time. */
#include "zones.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include "../support/cmocka_all.h"

enum {
	FLIPS = 200000,
};

static const char *const names[] = {"Europe/Berlin", "Asia/Shanghai", "America/New_York", "UTC",
	"Africa/Casablanca", "Australia/Lord_Howe", "America/Nuuk", "Europe/Dublin"};

static unsigned char *read_zone(const char *name, size_t *ret_size)
{
	_cleanup_free_ char *path = xasprintf(ZONE_DIRECTORY "/%s", name);

	return read_zone_file(path, ret_size);
}

static void a_zone_file_cut_at_any_byte_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		size_t size;
		_cleanup_free_ unsigned char *data = read_zone(names[i], &size);

		for (size_t cut = 0; cut < size; cut++) {
			_cleanup_free_ unsigned char *part = xmalloc(cut);
			struct zone *z = NULL;
			struct error err = {0};

			memcpy(part, data, cut);
			assert_int_equal(zone_parse("cut", part, cut, &z, &err), -EINVAL);
			assert_null(z);
			assert_true(err.text[0] != '\0');
		}
	}
}

/* Whatever was read, its answers have to be in order. */
static void use(const struct zone *z, uint64_t *seed)
{
	for (int i = 0; i < 4; i++) {
		int64_t s = random_between(seed, -(INT64_C(1) << 37), INT64_C(1) << 37), until_s,
			found_s;
		int32_t offset_s = zone_offset(z, s, &until_s);

		assert_true(until_s > s);
		assert_true(offset_s > -90000 && offset_s < 93600);
		assert_true(strlen(zone_abbreviation(z, s)) < 300);
		if (zone_instant(z, s, &found_s) != ZONE_GAP)
			assert_int_equal(zone_local(z, found_s), s);
		else
			assert_true(zone_local(z, found_s) > s);
	}
}

static void flipped_bytes_do_no_harm(void **state)
{
	uint64_t seed = random_seed();
	int taken = 0;

	(void)state;
	for (int i = 0; i < FLIPS / 1000; i++) {
		size_t size;
		_cleanup_free_ unsigned char *data =
			read_zone(names[(size_t)i % ARRAY_SIZE(names)], &size);

		for (int k = 0; k < 1000; k++) {
			_cleanup_free_ unsigned char *changed = xmalloc(size);
			struct zone *z = NULL;

			memcpy(changed, data, size);
			for (int64_t n = random_between(&seed, 1, 3); n > 0; n--) {
				/* Half of them in the headers and the footer, where they do most.
				 */
				size_t at = (size_t)random_between(&seed, 0, (int64_t)size - 1);
				if (random_next(&seed) & 1)
					at = random_next(&seed) & 1 ? at % 44 : size - 1 - at % 30;
				changed[at] = (unsigned char)random_next(&seed);
			}
			if (zone_parse("flipped", changed, size, &z, NULL) < 0)
				continue;
			taken++;
			use(z, &seed);
			zone_free(z);
		}
	}
	printf("%d of %d changed files were still zones (seed %llu)\n", taken, FLIPS,
		(unsigned long long)random_seed());
	assert_true(taken > 0 && taken < FLIPS);
}

static void random_bytes_after_a_header_do_no_harm(void **state)
{
	uint64_t seed = random_seed();

	(void)state;
	for (int i = 0; i < FLIPS / 4; i++) {
		size_t size = (size_t)random_between(&seed, 0, 300);
		_cleanup_free_ unsigned char *data = xmalloc(size);
		struct zone *z = NULL;

		for (size_t k = 0; k < size; k++)
			data[k] = k < 4 ? (unsigned char)"TZif"[k]
					: (unsigned char)(random_next(&seed) & (k < 44 ? 3 : 255));
		if (size > 4)
			data[4] = '2';
		if (size > 48)
			memcpy(data + 44, "TZif2", 5);
		if (zone_parse("random", data, size, &z, NULL) == 0)
			use(z, &seed);
		zone_free(z);
	}
}

TEST_FILE(test_zone_hostile)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_zone_file_cut_at_any_byte_is_refused),
		cmocka_unit_test(flipped_bytes_do_no_harm),
		cmocka_unit_test(random_bytes_after_a_header_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
