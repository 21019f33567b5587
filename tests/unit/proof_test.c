/* When the last proven restore is too long ago (L3). */
#include "service/proof.h"

#include "../support/cmocka_all.h"

#define DAY_S INT64_C(86400)

static void l3_a_restore_that_was_not_proven_for_longer_than_wanted_is_overdue(void **state)
{
	static const struct {
		int64_t every_s, age_s; /* -1: no restore was proven */
		bool overdue;
		const char *says;
	} cases[] = {
		{PROVE_OFF, -1, false, NULL}, {PROVE_OFF, 4000 * DAY_S, false, NULL},
		{90 * DAY_S, -1, true,
			"no restore of orders was ever proven, and the policy wants one every 90 "
			"d"},
		{90 * DAY_S, 0, false, NULL}, {90 * DAY_S, 90 * DAY_S, false, NULL},
		{90 * DAY_S, 90 * DAY_S + 1, true,
			"the last proven restore of orders is 90 d old, and the policy wants one "
			"every 90 d"},
		{90 * DAY_S, 120 * DAY_S, true,
			"the last proven restore of orders is 120 d old, and the policy wants one "
			"every 90 d"},
		{90 * DAY_S, -DAY_S, false, NULL}, /* the clock was set back since */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const int64_t now_s = 1796104820;
		struct order proof = {.kind = ORDER_PROVED, .at_s = now_s - cases[i].age_s};
		const struct order *last = cases[i].age_s == -1 ? NULL : &proof;
		struct policy *p = policy_new("amv-1");
		_cleanup_(text_done) struct text says = TEXT_INIT(1000);

		xstrset(&p->name, "orders");
		p->safety.prove_every_s = cases[i].every_s;
		assert_int_equal(cases[i].overdue, proof_is_overdue(p, last, now_s));
		if (cases[i].overdue) {
			proof_say(p, last, now_s, true, &says);
			assert_string_equal(cases[i].says, says.s);
		}
		policy_free(p);
	}
}

/* Where the name stands before it anyway. */
static void it_is_said_without_the_name_of_the_cluster_too(void **state)
{
	struct policy *p = policy_new("amv-1");
	struct text says = TEXT_INIT(1000);

	(void)state;
	p->safety.prove_every_s = DAY_S;
	proof_say(p, NULL, 0, false, &says);
	assert_string_equal(
		"no restore was ever proven, and the policy wants one every 1 d", says.s);
	text_done(&says);
	policy_free(p);
}

TEST_FILE(proof_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			l3_a_restore_that_was_not_proven_for_longer_than_wanted_is_overdue),
		cmocka_unit_test(it_is_said_without_the_name_of_the_cluster_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
