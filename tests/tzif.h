/* Time zone files made in memory, for tests that need a zone with known rules. */
#pragma once

#include "time/zone.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	TZIF_SIZE_MAX = 1024,
	TZIF_HEADER_SIZE = 44,
	TZIF_V1_SIZE = TZIF_HEADER_SIZE + 7, /* a header, one type and one character */
};

static inline size_t tzif_put(unsigned char *to, uint64_t value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		to[i] = (unsigned char)(value >> 8 * (bytes - 1 - i));
	return bytes;
}

static inline size_t tzif_put_header(
	unsigned char *to, char version, size_t times, size_t types, size_t chars)
{
	const size_t counts[] = {0, 0, 0, times, types, chars};

	memset(to, 0, TZIF_HEADER_SIZE);
	memcpy(to, "TZif", 4);
	to[4] = (unsigned char)version;
	for (size_t i = 0; i < 6; i++)
		tzif_put(to + 20 + 4 * i, counts[i], 4);
	return TZIF_HEADER_SIZE;
}

/* Writes a file whose types have the offsets given and are called AAA, BBB, ...; transition i is to
 * type i + 1. Returns its size. */
static inline size_t tzif_build(unsigned char to[TZIF_SIZE_MAX], char version, const int64_t *at,
	size_t times, const int32_t *offsets, size_t types, const char *footer)
{
	size_t n = tzif_put_header(to, version, 0, 1, 1);

	memset(to + n, 0, 7);
	n += 7;
	n += tzif_put_header(to + n, version, times, types, types * 4);
	for (size_t i = 0; i < times; i++)
		n += tzif_put(to + n, (uint64_t)at[i], 8);
	for (size_t i = 0; i < times; i++)
		n += tzif_put(to + n, i + 1, 1);
	for (size_t i = 0; i < types; i++) {
		n += tzif_put(to + n, (uint64_t)(int64_t)offsets[i], 4);
		n += tzif_put(to + n, 0, 1);
		n += tzif_put(to + n, i * 4, 1);
	}
	for (size_t i = 0; i < types; i++) {
		memset(to + n, (int)('A' + i), 3);
		to[n + 3] = 0;
		n += 4;
	}
	return n + (size_t)sprintf((char *)to + n, "\n%s\n", footer);
}

/* A zone of a footer rule alone. Ends the program if the rule is not taken. */
static inline struct zone *tzif_zone(const char *name, const char *rule)
{
	static const int32_t offset = 0;
	unsigned char data[TZIF_SIZE_MAX];
	size_t size = tzif_build(data, '3', NULL, 0, &offset, 1, rule);
	struct zone *z = NULL;
	struct error err = {0};

	if (zone_parse(name, data, size, &z, &err) < 0) {
		fprintf(stderr, "%s: %s\n", rule, err.text);
		abort();
	}
	return z;
}

#define BERLIN "CET-1CEST,M3.5.0,M10.5.0/3"
#define NEW_YORK "EST5EDT,M3.2.0,M11.1.0"
#define SYDNEY "AEST-10AEDT,M10.1.0,M4.1.0/3"
#define LORD_HOWE "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0"
#define HAVANA "CST5CDT,M3.2.0/0,M11.1.0/1" /* midnight is skipped and repeated */
