/* Reads the layers and the clusters, and looks at each cluster's policy once it is merged. */
#include "policyfile/read_clusters.h"

#include "policyfile/discovery.h"
#include "policyfile/labels.h"
#include "policyfile/layers.h"
#include "policyfile/lint.h"
#include "policyfile/parsed.h"
#include "policyfile/read_accounts.h"
#include "policyfile/read_parts.h"
#include "policyfile/values.h"

#define HISTORY_MONTHS 24

/* Clusters that lack something that they need: told once, however many there are. */
struct lacking {
	struct node *first;
	size_t count;
};

/* The layers above the clusters, merged: what clusters that name one policy, or none, begin with.
 */
struct base {
	struct policy *policy; /* NULL: not made yet */
	struct node *origin[FIELD_COUNT];
};

struct file {
	struct loader l;
	struct read_accounts accounts;
	struct lint *lint;
	const struct node *defaults; /* mapping, or NULL */
	const struct node *policies; /* mapping, or NULL */
	bool *policy_used, *policy_good;
	struct base *bases; /* one for each of `policies`, and the last for none */
	bool defaults_good;
	const char **policy_names; /* for suggestions, ended by NULL */
	struct lacking without_region, without_keep;
};

/* Applies a layer to a policy that nobody uses, so that its errors are told once. */
static bool check_layer(struct file *f, const struct node *layer, enum scope scope)
{
	int errors = f->l.m->errors;
	struct policy *scratch = policy_new("scratch");

	f->l.policy = scratch;
	layer_apply(&f->l, layer, scope);
	policy_free(scratch);
	f->l.policy = NULL;
	return f->l.m->errors == errors;
}

static void read_defaults(struct file *f, const struct node *root)
{
	const struct node *defaults = node_get(root, "defaults", NULL);

	f->defaults_good = true;
	if (!defaults || !loader_is_mapping(&f->l, "defaults", defaults))
		return;
	f->defaults = defaults;
	f->defaults_good = check_layer(f, defaults, SCOPE_DEFAULTS);
}

static void read_policies(struct file *f, const struct node *root)
{
	const struct node *policies = node_get(root, "policies", NULL);

	if (!policies || !loader_is_mapping(&f->l, "policies", policies))
		return;
	f->policies = policies;
	f->policy_used = xcalloc(policies->count, sizeof(*f->policy_used));
	f->policy_good = xcalloc(policies->count, sizeof(*f->policy_good));
	f->policy_names = xcalloc(policies->count + 1, sizeof(*f->policy_names));
	for (size_t i = 0; i < policies->count; i++) {
		const char *name = policies->keys[i]->text;
		if (!value_id(&f->l, &keys[FIELD_POLICY], policies->keys[i], &name))
			f->policy_used[i] = true;
		f->policy_names[i] = name;
		f->policy_good[i] = loader_is_mapping(&f->l, name, policies->items[i]) &&
			check_layer(f, policies->items[i], SCOPE_POLICY);
	}
}

/* Index of the named policy of a cluster; SIZE_MAX if it names none, or an unknown one (an error).
 */
static size_t find_policy(struct file *f, const struct node *cluster)
{
	const struct node *n = node_get(cluster, "policy", NULL);
	const char *name;

	if (!n || !value_id(&f->l, &keys[FIELD_POLICY], n, &name))
		return SIZE_MAX;
	for (size_t i = 0; f->policies && i < f->policies->count; i++)
		if (strcmp(f->policy_names[i], name) == 0)
			return i;
	loader_unknown_name(&f->l, n, "policy", "policies", name, f->policy_names,
		f->policies ? f->policies->count : 0);
	return SIZE_MAX;
}

/* Told once for each pair of places: many clusters may take both from the same layers. */
static void check_can_backup(const struct loader *l)
{
	const struct policy *p = l->policy;
	bool warehouse = p->edition == EDITION_WAREHOUSE;
	struct node *why = l->origin[warehouse ? FIELD_EDITION : FIELD_REMOTE];
	struct node *schedule =
		l->origin[FIELD_SCHEDULE] ? l->origin[FIELD_SCHEDULE] : l->origin[FIELD_EVERY];
	const unsigned bit = 1u << WARN_CANNOT_BACKUP;

	if ((!warehouse && !p->remote) || p->schedule.kind == SCHEDULE_NONE ||
		(why->said & bit && schedule->said & bit))
		return;
	why->said |= bit;
	schedule->said |= bit;
	messages_add(l->m, SEVERITY_ERROR, why->at,
		warehouse ? "a warehouse cluster cannot make backups, its interface has no call "
			    "for it: set `backup: {schedule: none}`"
			  : "copies in other regions are made by the cloud alone: set `backup: "
			    "{schedule: none}`");
	messages_add(l->m, SEVERITY_NOTE, schedule->at, "its schedule comes from here");
}

static void check_remote(struct loader *l)
{
	if (l->policy->remote && l->policy->edition == EDITION_WAREHOUSE)
		loader_error(l, l->origin[FIELD_REMOTE],
			"a warehouse cluster has no copies in other regions: leave 'remote' out");
	else
		check_can_backup(l);
}

static void count_lacking(struct lacking *all, struct node *cluster)
{
	if (!all->first)
		all->first = cluster;
	all->count++;
}

/* What only shows once the layers are merged. An empty `keep` is told where it comes from. */
static void check_cluster(struct file *f, struct node *cluster)
{
	struct loader *l = &f->l;
	bool keeps = false;

	for (int rule = 0; rule < RULE_COUNT; rule++)
		keeps = keeps || l->policy->keep[rule].kind != KEEP_OFF;
	if (!keeps)
		count_lacking(
			&f->without_keep, l->origin[FIELD_KEEP] ? l->origin[FIELD_KEEP] : cluster);
	if (!l->policy->region || !*l->policy->region)
		count_lacking(&f->without_region, cluster);
	check_remote(l);
}

static void tell_lacking(struct file *f)
{
	if (f->without_keep.first)
		loader_error(&f->l, f->without_keep.first,
			"no rule of 'keep' is on for %zu %s: nothing would be kept (to keep every "
			"set: `last: all`)",
			f->without_keep.count, f->without_keep.count > 1 ? "clusters" : "cluster");
	if (f->without_region.first)
		loader_error(&f->l, f->without_region.first,
			"no 'region' for %zu %s: set it here or in `defaults`",
			f->without_region.count,
			f->without_region.count > 1 ? "clusters" : "cluster");
}

/* Of the named policy (its index), or of none. */
static const struct base *find_base(struct file *f, size_t named)
{
	size_t count = f->policies ? f->policies->count : 0;
	struct base *none = &f->bases[count], *b = named < count ? &f->bases[named] : none;
	struct loader *l = &f->l;

	if (b->policy)
		return b;
	if (b != none)
		b->policy = policy_copy(find_base(f, SIZE_MAX)->policy, "?", NULL);
	else
		b->policy = policy_new("?");
	memcpy(l->origin, none->origin, sizeof(l->origin));
	l->policy = b->policy;
	l->quiet = true;
	if (b == none && f->defaults)
		layer_apply(l, f->defaults, SCOPE_DEFAULTS);
	if (b != none) {
		policy_set_text(b->policy, &b->policy->policy_name, f->policy_names[named]);
		if (f->policies->items[named]->kind == NODE_MAPPING)
			layer_apply(l, f->policies->items[named], SCOPE_POLICY);
	}
	l->quiet = false;
	memcpy(b->origin, l->origin, sizeof(b->origin));
	l->policy = NULL;
	return b;
}

/* What the file says of a cluster itself: valid, or NULL after telling the error. */
struct identity {
	const char *id, *name;
};

static struct identity read_identity(
	struct file *f, const struct node *cluster, size_t number, struct labels *labels)
{
	const struct node *id = node_get(cluster, "id", NULL);
	const struct node *name = node_get(cluster, "name", NULL);
	struct identity ret = {0};

	if (!id)
		loader_error(&f->l, cluster, "a cluster without an 'id'");
	else if (value_id(&f->l, &keys[FIELD_ID], id, &ret.id))
		labels_add(labels, ret.id, id, number, true);
	if (name && value_name(&f->l, &keys[FIELD_NAME], name, &ret.name))
		labels_add(labels, ret.name, name, number, false);
	return ret;
}

/* What follows for a discovery once the layers are in its template; `good`: without errors. */
static void complete_discovery(struct loader *l, struct discovery *d, bool good)
{
	const struct node *forget = l->origin[FIELD_FORGET_AFTER];
	const struct node *at = forget ? forget : l->origin[FIELD_FIND_EVERY];

	if (good && at && d->forget_after_s < d->every_s)
		loader_error(l, at,
			"'forget_after' is shorter than 'every': a cluster would be forgotten "
			"before it is looked for again");
	d->account = xstrdup(d->template->account);
	if (d->region)
		policy_set_text(d->template, &d->template->region, d->region);
	else
		d->region = xstrdup(d->template->region);
}

/* Makes the policy of an entry, l->policy, and what it discovers, if that is asked for; they are
 * complete even after errors, so that all of them are found. `errors`: how many there were before.
 */
static void read_entry(struct file *f, struct node *entry, const struct identity *who, int errors,
	struct discovery *discovery)
{
	struct loader *l = &f->l;
	size_t named = find_policy(f, entry);
	const struct base *base = find_base(f, named);
	bool good = f->defaults_good;

	if (named != SIZE_MAX) {
		f->policy_used[named] = true;
		good = good && f->policy_good[named];
	}
	memcpy(l->origin, base->origin, sizeof(l->origin));
	l->policy = policy_copy(base->policy, who->id ? who->id : "?", who->name);
	l->discovery = discovery;
	layer_apply(l, entry, discovery ? SCOPE_FOUND : SCOPE_CLUSTER);
	read_accounts_use(&f->accounts, l->policy->account);
	if (discovery) {
		discovery->template = l->policy;
		complete_discovery(l, discovery, l->m->errors == errors);
	}
	if (good && l->m->errors == errors)
		check_cluster(f, entry);
	if (!good || l->m->errors != errors)
		return;
	lint_cluster(f->lint, l, entry);
	if (discovery && discovery->region)
		lint_discovery(f->lint, discovery, entry);
}

static struct policy *read_cluster(
	struct file *f, struct node *cluster, size_t number, struct labels *labels)
{
	int errors = f->l.m->errors;
	struct identity who = read_identity(f, cluster, number, labels);

	read_entry(f, cluster, &who, errors, NULL);
	return TAKE_PTR(f->l.policy);
}

static struct discovery *read_discovery(struct file *f, struct node *entry)
{
	static const struct identity nobody = {"", ""};
	int errors = f->l.m->errors;
	struct discovery *d = discovery_new(NULL);

	for (size_t i = 0; i < entry->count; i++) {
		struct node *key = entry->keys[i];
		if (strcmp(key->text, "id") != 0 && strcmp(key->text, "name") != 0)
			continue;
		loader_error(&f->l, key,
			"an entry is one cluster, with an 'id', or those that 'discover' finds: "
			"leave '%s' out",
			key->text);
		key->kind = NODE_BROKEN; /* enough said */
	}
	read_entry(f, entry, &nobody, errors, d);
	f->l.policy = NULL;
	return d;
}

static void read_clusters(struct file *f, const struct node *root, struct policyfile *ret)
{
	struct node *key = NULL, *list = node_get(root, "clusters", &key);
	struct labels labels = {0};
	char found[NODE_TEXT_SIZE];
	size_t capacity = 0;

	if (!list) {
		loader_error(&f->l, root, "no 'clusters': list them as `- id: amv-...`");
		return;
	}
	if (list->kind != NODE_LIST) {
		node_describe(list, found);
		loader_error(
			&f->l, list, "'clusters' takes a list of `- id: amv-...`, not %s", found);
		return;
	}
	if (list->count == 0)
		loader_warn(f->l.m, key, WARN_NO_CLUSTERS, "no clusters: nothing is backed up");
	f->bases = xcalloc((f->policies ? f->policies->count : 0) + 1, sizeof(*f->bases));
	ret->clusters = xcalloc(list->count, sizeof(struct policy *));
	for (size_t i = 0; i < list->count; i++) {
		if (node_get(list->items[i], "discover", NULL)) {
			ret->discoveries = memory_grow(ret->discoveries, &capacity,
				ret->discovery_count + 1, sizeof(*ret->discoveries));
			ret->discoveries[ret->discovery_count++] =
				read_discovery(f, list->items[i]);
			continue;
		}
		if (list->items[i]->kind == NODE_MAPPING) {
			ret->clusters[ret->cluster_count++] =
				read_cluster(f, list->items[i], i, &labels);
			continue;
		}
		node_describe(list->items[i], found);
		loader_error(&f->l, list->items[i],
			"a cluster is a mapping such as {id: amv-...}, not %s", found);
	}
	labels_check(&labels, f->l.m);
	labels_done(&labels);
	tell_lacking(f);
}

static void file_done(struct file *f)
{
	size_t count = f->policies ? f->policies->count : 0;

	for (size_t i = 0; f->bases && i <= count; i++)
		policy_free(f->bases[i].policy);
	free(f->bases);
	free(f->policy_used);
	free(f->policy_good);
	free(f->policy_names);
}

static void warn_unused(struct file *f)
{
	for (size_t i = 0; f->policies && i < f->policies->count; i++)
		if (!f->policy_used[i])
			loader_warn(f->l.m, f->policies->keys[i], WARN_UNUSED,
				"no cluster uses the policy '%s'", f->policy_names[i]);
}

struct policyfile *read_clusters_all(struct messages *m, struct node *const *roots, size_t count)
{
	struct node *root = roots[0];
	struct policyfile *ret = xcalloc(1, sizeof(*ret));
	_cleanup_(parsed_freep) struct parsed *parsed = parsed_new();
	_cleanup_(lint_freep) struct lint *lint = lint_new(m);
	struct file f = {.l = {.m = m, .parsed = parsed, .file = ret}, .lint = lint};

	ret->history = (struct duration){.months = HISTORY_MONTHS};
	if (loader_is_mapping(&f.l, "the file", root)) {
		layer_apply(&f.l, root, SCOPE_FILE);
		read_parts(&f.l, roots, count);
		read_accounts(&f.l, root, &f.accounts);
		read_defaults(&f, root);
		read_policies(&f, root);
		read_clusters(&f, root, ret);
		warn_unused(&f);
		read_accounts_end(&f.accounts, m, ret);
		lint_end(lint);
	}
	file_done(&f);
	return ret;
}
