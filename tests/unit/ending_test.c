/* What is said of a cluster that may soon be gone, and its sets with it (L3). */
#include "service/ending.h"

#include "../support/cmocka_all.h"

#include <stdio.h>

#define NOW_S 1796104820 /* 2026-12-01T06:00:20Z */
#define DAY_S INT64_C(86400)
#define RENEW                                                                                   \
	": renew it, or restore a set to another cluster (retainctl restore orders); once the " \
	"cloud releases this one, its sets go with it"

static enum ending judge(const struct cluster_attributes *a, struct text *why)
{
	struct policy *p = policy_new("amv-1");
	enum ending ending;

	xstrset(&p->name, "orders");
	ending = ending_judge(a, p, NOW_S, why);
	policy_free(p);
	return ending;
}

static void l3_a_cluster_that_ends_is_told_with_what_can_still_be_done(void **state)
{
	static const struct {
		const char *status, *lock_mode, *lock_reason;
		bool subscription, expired;
		int64_t ends_in_s; /* 0: the reply does not say when */
		enum ending ending;
		const char *says;
	} cases[] = {
		{"Running", "Unlock", "", false, false, 0, ENDING_NONE, NULL},
		{"Running", "", "", false, false, 0, ENDING_NONE, NULL},
		{"ClassChanging", "Unlock", "", false, false, 0, ENDING_NONE, NULL},
		/* Who pays as he goes has no end. */
		{"Running", "Unlock", "", false, false, DAY_S, ENDING_NONE, NULL},
		{"Running", "Unlock", "", true, false, 0, ENDING_NONE, NULL},
		{"Running", "Unlock", "", true, false, 14 * DAY_S + 1, ENDING_NONE, NULL},
		{"Running", "Unlock", "", true, false, 14 * DAY_S, ENDING_SOON,
			"the subscription ends on 2026-12-15T06:00:20Z" RENEW},
		{"Running", "Unlock", "", true, false, 1, ENDING_SOON, NULL},
		{"Running", "Unlock", "", true, false, -1, ENDING_NOW,
			"the subscription has ended on 2026-12-01T06:00:19Z" RENEW},
		{"Running", "Unlock", "", true, true, 0, ENDING_NOW,
			"the subscription has ended" RENEW},
		{"Running", "LockByExpiration", "instance_expire", true, true, -DAY_S, ENDING_NOW,
			"the subscription has ended and the cluster is locked (LockByExpiration: "
			"instance_expire)" RENEW},
		{"Running", "ManualLock", "", false, false, 0, ENDING_NOW, NULL},
		{"Running", "LockOfTomorrow", "", false, false, 0, ENDING_NOW, NULL},
		{"Running", "LockByRestoration", "", false, false, 0, ENDING_NONE, NULL},
		{"Running", "LockByDiskQuota", "", false, false, 0, ENDING_SOON,
			"the cluster is locked because its disk is full (LockByDiskQuota): give it "
			"more storage"},
		/* The worse of the two. */
		{"Running", "LockByDiskQuota", "", true, true, 0, ENDING_NOW,
			"the subscription has ended" RENEW},
		{"Deleting", "Unlock", "", false, false, 0, ENDING_NOW,
			"the cluster is being released (Deleting), and its sets go with it: "
			"restore a set to another cluster at once, if the cloud still lets you "
			"(retainctl restore orders)"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct cluster_attributes a = {.subscription = cases[i].subscription,
			.expired = cases[i].expired,
			.expires_s = cases[i].ends_in_s ? NOW_S + cases[i].ends_in_s : 0};
		_cleanup_(text_done) struct text why = TEXT_INIT(600);

		(void)snprintf(a.status, sizeof(a.status), "%s", cases[i].status);
		(void)snprintf(a.lock_mode, sizeof(a.lock_mode), "%s", cases[i].lock_mode);
		(void)snprintf(a.lock_reason, sizeof(a.lock_reason), "%s", cases[i].lock_reason);
		assert_int_equal(judge(&a, &why), cases[i].ending);
		assert_int_equal(why.length > 0, cases[i].ending != ENDING_NONE);
		if (cases[i].says)
			assert_string_equal(why.s, cases[i].says);
	}
}

static void a_cluster_is_gone_by_the_codes_that_say_so_alone(void **state)
{
	static const struct {
		const char *code;
		bool gone;
	} cases[] = {
		{"InvalidDBCluster.NotFound", true},
		{"InvalidDBClusterId.NotFound", true},
		{"InvalidDBClusterId.Malformed", false},
		{"Forbidden.RAM", false},
		{"Throttling.User", false},
		{"", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(ending_is_gone(cases[i].code), cases[i].gone);
}

TEST_FILE(ending_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(l3_a_cluster_that_ends_is_told_with_what_can_still_be_done),
		cmocka_unit_test(a_cluster_is_gone_by_the_codes_that_say_so_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
