/* Compares a reply of DescribeBackups with what is expected where no page of the API says it: the
 * words of BackupStatus, the form of BackupExpiredTime, the order, the type of the counts. */
#include "service/doctor_internal.h"

#include "base/json.h"
#include "service/finding.h"

#include <stdio.h>

#define WORDS_SHOWN 6
#define WORD_SIZE 40

struct seen {
	const cJSON *items;
	const struct inventory *inv; /* of the same sets, in the same order */
	struct text facts;           /* what was seen */
	struct text differs;         /* what of it was not expected */
	bool matters;                /* something that differs is judged otherwise for it */
};

static bool stands_before(const cJSON *items, int index, const char *word)
{
	for (int i = 0; i < index; i++)
		if (text_equal(json_get_string(cJSON_GetArrayItem(items, i), "BackupStatus"), word))
			return true;
	return false;
}

/* Each word once. One that is not known puts its sets into quarantine. */
static void see_states(struct seen *s)
{
	int shown = 0, without = 0, index = 0;
	const cJSON *item;

	text_add(&s->facts, "BackupStatus");
	cJSON_ArrayForEach (item, s->items) {
		const char *word = json_get_string(item, "BackupStatus");
		bool unknown = s->inv->sets[index].doubt == DOUBT_STATUS;
		char printable[WORD_SIZE];
		without += !word;
		if (word && shown < WORDS_SHOWN && !stands_before(s->items, index, word)) {
			text_copy_printable(printable, sizeof(printable), word);
			text_printf(&s->facts, "%s %s", shown++ ? "," : "", printable);
			if (unknown)
				text_printf(&s->differs,
					"; BackupStatus '%s' is not known: such sets are "
					"quarantined",
					printable);
			s->matters |= unknown;
		}
		index++;
	}
	if (without > 0)
		text_printf(&s->facts, "%s none in %d", shown ? "," : "", without);
}

/* "0000-00-00T00:00Z" for any time that is written so. */
static void form_of(const char *time, char ret[WORD_SIZE])
{
	text_copy_printable(ret, WORD_SIZE, time);
	for (char *at = ret; *at; at++)
		if (*at >= '0' && *at <= '9')
			*at = '0';
}

static void see_expiry(struct seen *s)
{
	const cJSON *item;
	const char *time = NULL;
	char form[WORD_SIZE];

	cJSON_ArrayForEach (item, s->items)
		if (!time || !*time)
			time = json_get_string(item, "BackupExpiredTime");
	if (!time || !*time) {
		text_add(&s->facts, "; no BackupExpiredTime");
		return;
	}
	form_of(time, form);
	text_printf(&s->facts, "; BackupExpiredTime like %s", form);
	if (strcmp(form, "0000-00-00T00:00Z") == 0 || strcmp(form, "0000-00-00T00:00:00Z") == 0)
		return;
	text_add(&s->differs,
		"; BackupExpiredTime is not UTC with a Z: it is taken for the earliest "
		"that it can mean, or the sets are quarantined");
	s->matters = true;
}

static void see_order(struct seen *s)
{
	bool rises = false, falls = false;

	for (size_t i = 1; i < s->inv->count; i++) {
		int64_t before_s = s->inv->sets[i - 1].start_s, start_s = s->inv->sets[i].start_s;
		if (before_s == SET_NO_TIME || start_s == SET_NO_TIME)
			continue;
		rises |= start_s > before_s;
		falls |= start_s < before_s;
	}
	if (rises || falls)
		text_printf(&s->facts, "; %s first",
			rises && falls  ? "neither newest nor oldest"
				: rises ? "oldest"
					: "newest");
	if (rises)
		text_add(&s->differs, "; the newest set is not the first, which changes nothing");
}

static void see_counts(struct seen *s, const cJSON *reply)
{
	bool text = json_get_string(reply, "TotalCount") != NULL;

	text_printf(&s->facts, "; counts as %s", text ? "texts" : "numbers");
	if (!text)
		text_add(&s->differs, "; counts are documented as texts, which changes nothing");
}

bool doctor_replies(
	const struct policy *p, const struct page *page, const char *body, struct jsonwriter *w)
{
	_cleanup_(json_deletep) cJSON *reply = NULL;
	struct seen s = {.inv = &page->inv, .facts = TEXT_INIT(1024), .differs = TEXT_INIT(1024)};

	if (json_parse(body, strlen(body), &reply, NULL) < 0 || page->inv.count == 0)
		return false;
	s.items = json_get(json_get(reply, "Items"), "Backup");
	see_states(&s);
	see_expiry(&s);
	see_order(&s);
	see_counts(&s, reply);
	finding_add(w, "replies", p->region, s.matters ? FINDING_WARNING : FINDING_WELL,
		s.matters ? "report it, with what `retainctl record` writes" : NULL,
		"DescribeBackups %s: %s%s", s.differs.s ? "differs" : "is as expected", s.facts.s,
		s.differs.s ? s.differs.s : "");
	text_done(&s.facts);
	text_done(&s.differs);
	return true;
}
