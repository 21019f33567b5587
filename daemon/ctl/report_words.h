/* What the parts of the page share: text that is no markup, times, counts. */
#pragma once

#include "ctl/amount.h"
#include "ctl/online.h"

void report_add_escaped(struct text *out, const char *s);

bool report_instant(const cJSON *object, const char *key, int64_t *ret_s);
/* "2027-01-24 02:00" of the zone; `none` if the member is not an instant. Escaped. */
void report_add_minute(struct text *out, const cJSON *object, const char *key, const struct zone *z,
	const char *none);
/* "3 d 4 h ago", "in 2 h", "none". */
void report_add_distance(struct text *out, const cJSON *object, const char *key, int64_t now_s);
/* "running", "due now", "in 2 h", "none": nothing that has passed is called next. */
void report_add_next(struct text *out, const cJSON *cluster, int64_t now_s);

const char *report_name(const cJSON *cluster);
/* Its state as Status has it, and in words. */
const char *report_state(const cJSON *cluster);
const char *report_state_words(const cJSON *cluster);
/* Why it is in trouble, held or paused, or what is under way; nothing if all is well. Escaped. */
void report_add_reason(struct text *out, const cJSON *cluster, const struct zone *z);

size_t report_count(const cJSON *plan, const char *verdict);
size_t report_count_kept(const cJSON *plan);
int64_t report_size(const cJSON *plan); /* bytes of all sets */
