/* Times as the cloud writes them. All of them are microseconds since 1970 inside. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define SECOND_US 1000000ll
#define STAMP_NEVER INT64_MAX
#define STAMP_SIZE 40

/* The simulator's own clock: the machine's, shifted. */
struct clock {
	int64_t offset_us;
};

int64_t clock_now_us(const struct clock *c);
int64_t clock_monotonic_us(void);

enum stamp_form {
	STAMP_MINUTE, /* 2026-01-02T03:04Z */
	STAMP_SECOND, /* 2026-01-02T03:04:05Z */
	STAMP_LOCAL,  /* 2026-01-02 11:04:05, in UTC+8 */
	STAMP_HTTP,   /* Fri, 02 Jan 2026 03:04:05 GMT */
};

/* Cuts, never rounds. What no calendar can show (STAMP_NEVER) is written as the year 9999. */
void stamp_print(int64_t us, enum stamp_form form, char ret[STAMP_SIZE]);
/* Reads the minute and the second form, nothing else. */
bool stamp_parse(const char *s, int64_t *ret_us);
