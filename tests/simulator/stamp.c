/* Reads and writes times as the cloud writes them, on a clock that may be set. */
#include "stamp.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t read_clock_us(clockid_t id)
{
	struct timespec t;

	(void)clock_gettime(id, &t);
	return (int64_t)t.tv_sec * SECOND_US + t.tv_nsec / 1000;
}

int64_t clock_now_us(const struct clock *c)
{
	return read_clock_us(CLOCK_REALTIME) + c->offset_us;
}

int64_t clock_monotonic_us(void)
{
	return read_clock_us(CLOCK_MONOTONIC);
}

static size_t print_form(const struct tm *tm, enum stamp_form form, char ret[STAMP_SIZE])
{
	switch (form) {
	case STAMP_MINUTE:
		return strftime(ret, STAMP_SIZE, "%Y-%m-%dT%H:%MZ", tm);
	case STAMP_SECOND:
		return strftime(ret, STAMP_SIZE, "%Y-%m-%dT%H:%M:%SZ", tm);
	case STAMP_LOCAL:
		return strftime(ret, STAMP_SIZE, "%Y-%m-%d %H:%M:%S", tm);
	case STAMP_HTTP:
		return strftime(ret, STAMP_SIZE, "%a, %d %b %Y %H:%M:%S GMT", tm);
	}
	return 0;
}

void stamp_print(int64_t us, enum stamp_form form, char ret[STAMP_SIZE])
{
	int64_t seconds = us / SECOND_US - (us % SECOND_US < 0);
	const int64_t last = 253402300799; /* 9999-12-31T23:59:59Z */
	struct tm tm;
	time_t t;

	if (form == STAMP_LOCAL)
		seconds += 8 * 3600;
	t = (time_t)(seconds > last ? last : seconds);
	if (!gmtime_r(&t, &tm) || print_form(&tm, form, ret) == 0)
		(void)snprintf(ret, STAMP_SIZE, "?");
}

bool stamp_parse(const char *s, int64_t *ret_us)
{
	struct tm tm = {0};
	const char *end = strptime(s, "%Y-%m-%dT%H:%MZ", &tm);
	size_t length = strlen(s);

	if (!end && length == 20) {
		tm = (struct tm){0};
		end = strptime(s, "%Y-%m-%dT%H:%M:%SZ", &tm);
	}
	/* strptime takes one digit where two belong, and white space: the length settles it. */
	if (!end || *end || (length != 17 && length != 20))
		return false;
	*ret_us = (int64_t)timegm(&tm) * SECOND_US;
	return true;
}
