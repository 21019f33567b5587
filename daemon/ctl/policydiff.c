/* Tells the differences between two policy files as text and as JSON. */
#include "ctl/policydiff.h"

#include "policyfile/differ.h"

static void tell(void *data, const char *key, const char *old, const char *changed)
{
	const struct policydiff *to = data;

	if (!to->w) {
		text_printf(to->text, "  %s: %s -> %s\n", key, old ? old : "-",
			changed ? changed : "-");
		return;
	}
	json_object_begin(to->w, NULL);
	json_string(to->w, "key", key);
	json_string(to->w, "old", old);
	json_string(to->w, "new", changed);
	json_object_end(to->w);
}

void policydiff_keys(struct policydiff *to, const struct policy *old, const struct policy *changed)
{
	(void)differ(SCOPE_CLUSTER, OBJECTS(POLICY, old), OBJECTS(POLICY, changed), tell, to);
}

/* What is no cluster. One of the two may be NULL: it is new, or gone. */
static void compare(struct policydiff *to, const char *name, enum scope scope,
	const struct objects *old, const struct objects *changed)
{
	const char *change = !old ? "new" : !changed ? "gone" : "changed";
	bool both = old && changed;

	if (both && !differ(scope, old, changed, NULL, NULL))
		return;
	if (to->w) {
		json_object_begin(to->w, NULL);
		json_null(to->w, "cluster");
		json_string(to->w, "name", name);
		json_string(to->w, "change", change);
		json_array_begin(to->w, "policy");
	} else {
		text_printf(to->text, "%s: %s\n", name, change);
	}
	if (both)
		(void)differ(scope, old, changed, tell, to);
	if (!to->w)
		return;
	json_array_end(to->w);
	json_null(to->w, "old");
	json_null(to->w, "new");
	json_null(to->w, "due");
	json_null(to->w, "sets");
	json_object_end(to->w);
}

static void compare_accounts(
	struct policydiff *to, const struct account *old, const struct account *changed)
{
	_cleanup_free_ char *name = xasprintf("account %s", old ? old->name : changed->name);

	compare(to, name, SCOPE_ACCOUNT, old ? OBJECTS(ACCOUNT, old) : NULL,
		changed ? OBJECTS(ACCOUNT, changed) : NULL);
}

/* A discovery has no name: it is compared with the one in its place. */
static void compare_discoveries(struct policydiff *to, const struct policyfile *old,
	const struct policyfile *changed, size_t i)
{
	_cleanup_free_ char *name = xasprintf("discover %zu", i + 1);

	compare(to, name, SCOPE_FOUND,
		i < old->discovery_count ? OBJECTS_FOUND(old->discoveries[i]) : NULL,
		i < changed->discovery_count ? OBJECTS_FOUND(changed->discoveries[i]) : NULL);
}

/* Likewise. */
static void compare_sinks(struct policydiff *to, const struct policyfile *old,
	const struct policyfile *changed, size_t i)
{
	_cleanup_free_ char *name = xasprintf("notify %zu", i + 1);

	compare(to, name, SCOPE_SINK, i < old->sink_count ? OBJECTS(SINK, old->sinks[i]) : NULL,
		i < changed->sink_count ? OBJECTS(SINK, changed->sinks[i]) : NULL);
}

void policydiff_rest(
	struct policydiff *to, const struct policyfile *old, const struct policyfile *changed)
{
	compare(to, "the daemon", SCOPE_FILE, OBJECTS(FILE, old), OBJECTS(FILE, changed));
	for (size_t i = 0; i < changed->account_count; i++)
		compare_accounts(to, policyfile_account(old, changed->accounts[i]->name),
			changed->accounts[i]);
	for (size_t i = 0; i < old->account_count; i++)
		if (!policyfile_account(changed, old->accounts[i]->name))
			compare_accounts(to, old->accounts[i], NULL);
	for (size_t i = 0; i < old->discovery_count || i < changed->discovery_count; i++)
		compare_discoveries(to, old, changed, i);
	for (size_t i = 0; i < old->sink_count || i < changed->sink_count; i++)
		compare_sinks(to, old, changed, i);
}
