/* Whether the cloud may soon be rid of a cluster, and its sets with it. */
#include "service/ending.h"

#define SOON_S (14 * INT64_C(86400))

/* LockMode, as the API pages of both versions list it. */
static const struct lock {
	const char *mode;
	enum ending ending;
	const char *what, *remedy;
} locks[] = {
	{"", ENDING_NONE, NULL, NULL}, /* the reply does not say */
	{"Unlock", ENDING_NONE, NULL, NULL},
	{"LockByRestoration", ENDING_NONE, NULL, NULL}, /* until a rollback is over */
	{"LockByDiskQuota", ENDING_SOON, "the cluster is locked because its disk is full",
		"give it more storage"},
	{"LockByExpiration", ENDING_NOW, "the subscription has ended and the cluster is locked",
		"renew it"},
	{"ManualLock", ENDING_NOW, "the cluster is locked by hand",
		"see in the console why, and have it unlocked"},
};

static const struct lock *find_lock(const char *mode)
{
	static const struct lock unknown = {NULL, ENDING_NOW, "the cluster is locked",
		"see in the console why, and have it unlocked"};

	for (size_t i = 0; i < ARRAY_SIZE(locks); i++)
		if (text_equal(locks[i].mode, mode))
			return &locks[i];
	return &unknown;
}

/* What can be done while the cluster is there. */
static void add_remedy(const struct policy *p, const char *first, struct text *why)
{
	text_printf(why,
		": %s, or restore a set to another cluster (retainctl restore %s); once the cloud "
		"releases this one, its sets go with it",
		first, p->name);
}

static enum ending judge_lock(
	const struct cluster_attributes *a, const struct policy *p, struct text *why)
{
	const struct lock *l = find_lock(a->lock_mode);

	if (l->ending == ENDING_NONE)
		return l->ending;
	text_printf(why, "%s (%s%s%s)", l->what, a->lock_mode, a->lock_reason[0] ? ": " : "",
		a->lock_reason);
	if (l->ending == ENDING_NOW)
		add_remedy(p, l->remedy, why);
	else
		text_printf(why, ": %s", l->remedy);
	return l->ending;
}

static enum ending judge_expiry(
	const struct cluster_attributes *a, const struct policy *p, int64_t now_s, struct text *why)
{
	bool over = a->expired || (a->expires_s != 0 && a->expires_s <= now_s);
	char at[CIVIL_TEXT_SIZE];

	if (!a->subscription || (!over && (a->expires_s == 0 || a->expires_s - now_s > SOON_S)))
		return ENDING_NONE;
	text_printf(why, "the subscription %s", over ? "has ended" : "ends");
	if (a->expires_s != 0) {
		zone_format(p->zone, a->expires_s, at);
		text_printf(why, " on %s", at);
	}
	add_remedy(p, "renew it", why);
	return over ? ENDING_NOW : ENDING_SOON;
}

enum ending ending_judge(
	const struct cluster_attributes *a, const struct policy *p, int64_t now_s, struct text *why)
{
	_cleanup_(text_done) struct text lock = TEXT_INIT(why->max), expiry = TEXT_INIT(why->max);
	enum ending locked, expires;

	if (text_equal(a->status, "Deleting")) {
		text_printf(why,
			"the cluster is being released (Deleting), and its sets go with it: "
			"restore a set to another cluster at once, if the cloud still lets you "
			"(retainctl restore %s)",
			p->name);
		return ENDING_NOW;
	}
	locked = judge_lock(a, p, &lock);
	expires = judge_expiry(a, p, now_s, &expiry);
	if (locked != ENDING_NONE && locked >= expires)
		text_add(why, lock.s);
	else if (expires != ENDING_NONE)
		text_add(why, expiry.s);
	return locked >= expires ? locked : expires;
}

bool ending_is_gone(const char *code)
{
	return text_equal(code, "InvalidDBCluster.NotFound") ||
		text_equal(code, "InvalidDBClusterId.NotFound");
}

void ending_say_gone(const char *code, struct text *why)
{
	text_printf(why,
		"the account has no such cluster (%s): if it was released, its sets went with it "
		"and cannot be restored, so take it out of the policy; else correct its id, region "
		"or account",
		code);
}
