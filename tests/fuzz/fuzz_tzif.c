/* TZif files. Whatever a file says, local time and back hold their contracts everywhere. */
#include "fuzz.h"
#include "time/zone.h"

#include <string.h>

static void at(const struct zone *z, int64_t instant_s)
{
	char text[CIVIL_TEXT_SIZE];
	int64_t until_s = 0, local_s = zone_local(z, instant_s), back_s = 0;
	int32_t offset_s = zone_offset(z, instant_s, &until_s);
	enum zone_kind kind = zone_instant(z, local_s, &back_s);

	HOLDS(until_s > instant_s);
	HOLDS(local_s == instant_s + offset_s);
	HOLDS(until_s == INT64_MAX || zone_offset(z, until_s - 1, NULL) == offset_s);
	/* A local time that the clock showed is in no gap, and its first instant is not later. */
	HOLDS(kind == ZONE_GAP || back_s <= instant_s);
	HOLDS(kind != ZONE_UNIQUE || zone_local(z, back_s) == local_s);
	HOLDS(zone_abbreviation(z, instant_s));
	zone_format(z, instant_s, text);
	HOLDS(memchr(text, '\0', sizeof(text)));
}

static void never_decreases(const struct zone *z, int64_t local_s)
{
	int64_t before_s = INT64_MIN, at_s;

	for (int i = -8; i <= 8; i++) {
		(void)zone_instant(z, local_s + i * 1800, &at_s);
		HOLDS(at_s >= before_s);
		before_s = at_s;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int64_t instants[] = {-(INT64_C(1) << 59), -INT64_C(3000000000), -1, 0,
		1795219200, 4102444800, INT64_C(1) << 40, INT64_C(1) << 59};
	struct error err = {0};
	struct zone *z = NULL;

	if (zone_parse("Fuzz/Zone", data, size, &z, &err) < 0) {
		HOLDS(!z && err.text[0]);
		return 0;
	}
	for (size_t i = 0; i < sizeof(instants) / sizeof(*instants); i++)
		at(z, instants[i]);
	for (int64_t t = 1795219200, until_s; t < 1795219200 + 400 * 86400; t = until_s) {
		(void)zone_offset(z, t, &until_s);
		HOLDS(until_s > t);
		if (until_s > 1795219200 + INT64_C(40000) * 86400)
			break;
		at(z, until_s - 1);
		at(z, until_s);
		never_decreases(z, zone_local(z, until_s));
	}
	zone_free(z);
	return 0;
}
