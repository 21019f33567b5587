/* What the keep rules keep, for the comparison with restic: reads the words of a policy (see
 * fixture.h) from the first line, sets as ID@TIME from the others, and prints the kept ids, a
 * line each, with the word "oldest" after one that is kept as the oldest of all and nothing else.
 */
#include "base/text.h"
#include "fixture.h"

#include <stdio.h>

static void print_kept(const struct inventory *inv, const struct policy *p, int64_t now_s)
{
	_cleanup_free_ struct verdict *v = xcalloc(inv->count, sizeof(*v));

	verdicts(inv, p, 0, now_s, v, NULL);
	for (size_t i = 0; i < inv->count; i++)
		if (v[i].kind == VERDICT_KEEP && v[i].why == WHY_RULES)
			(void)printf("%s%s\n", set_id(inv, i),
				v[i].rules == v[i].oldest ? " oldest" : "");
}

int main(void)
{
	_cleanup_(inventory_done) struct inventory inv;
	struct policy *p = NULL;
	char line[4096];

	inventory_init(&inv);
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (p)
			fixture_sets(&inv, line);
		else
			p = fixture_policy(line);
	}
	if (!p)
		return 1;
	print_kept(&inv, p, fixture_time("2026-01-01"));
	policy_free(p);
	return 0;
}
