#include "cycle/state.h"

#include <stdarg.h>
#include <stdio.h>

static const char *copy(const char *s)
{
	return s && s[0] ? xstrdup(s) : "";
}

static void add(struct cycle *c, const struct report *r)
{
	c->reports = memory_grow(
		c->reports, &c->report_capacity, c->report_count + 1, sizeof(*c->reports));
	c->reports[c->report_count++].r = (struct report){
		.kind = r->kind,
		.level = r->level,
		.text = copy(r->text),
		.set = copy(r->set),
		.reason = copy(r->reason),
		.plan = copy(r->plan),
		.code = copy(r->code),
		.request_id = copy(r->request_id),
	};
}

static void release(const struct report *r)
{
	const char *owned[] = {r->text, r->set, r->reason, r->plan, r->code, r->request_id};

	for (size_t i = 0; i < ARRAY_SIZE(owned); i++) {
		char *s = NULL;
		memcpy(&s, &owned[i], sizeof(s));
		if (s[0])
			free(s);
	}
}

void report(struct cycle *c, enum report_kind kind, enum report_level level,
	const struct report_extra *extra, const char *format, ...)
{
	struct report r = {.kind = kind, .level = level};
	char line[1024];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	r.text = line;
	if (extra) {
		r.set = extra->set;
		r.reason = extra->reason;
		r.plan = extra->plan;
		r.code = extra->code;
		r.request_id = extra->request_id;
	}
	add(c, &r);
}

void report_answer(struct cycle *c, enum report_kind kind, enum report_level level,
	const struct answer *a, const char *format, ...)
{
	struct report_extra extra = {.code = a->code, .request_id = a->request_id};
	char line[480];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (a->code[0] || a->message[0])
		report(c, kind, level, &extra, "%s: %s%s%s", line, a->code,
			a->code[0] && a->message[0] ? ": " : "", a->message);
	else
		report(c, kind, level, &extra, "%s", line);
}

bool report_next(struct cycle *c, struct effect *ret)
{
	if (c->report_next > 0)
		release(&c->reports[c->report_next - 1].r);
	if (c->report_next == c->report_count) {
		c->report_next = c->report_count = 0;
		return false;
	}
	*ret = (struct effect){.kind = EFFECT_REPORT, .report = c->reports[c->report_next].r};
	c->report_next++;
	return true;
}

void report_done(struct cycle *c)
{
	struct effect e;

	while (report_next(c, &e))
		;
	free(c->reports);
}
