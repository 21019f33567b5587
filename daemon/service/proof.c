/* Whether a restore was proven lately enough. */
#include "service/proof.h"

#include "time/duration.h"

bool proof_is_overdue(const struct policy *p, const struct order *last, int64_t now_s)
{
	if (p->safety.prove_every_s == PROVE_OFF)
		return false;
	return !last || now_s - last->at_s > p->safety.prove_every_s;
}

void proof_say(const struct policy *p, const struct order *last, int64_t now_s, bool named,
	struct text *out)
{
	const char *of = named ? " of " : "", *name = named ? p->name : "";
	char age[DURATION_TEXT_SIZE], every[DURATION_TEXT_SIZE];

	duration_format_seconds(p->safety.prove_every_s, every);
	if (last) {
		duration_format_seconds(now_s > last->at_s ? now_s - last->at_s : 0, age);
		text_printf(out, "the last proven restore%s%s is %s old", of, name, age);
	} else {
		text_printf(out, "no restore%s%s was ever proven", of, name);
	}
	text_printf(out, ", and the policy wants one every %s", every);
}
