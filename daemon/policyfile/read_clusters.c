/* Reads the layers and the clusters, and looks at each cluster's policy once it is merged. */
#include "policyfile/read_clusters.h"

#include "policyfile/discovery.h"
#include "policyfile/labels.h"
#include "policyfile/layers.h"
#include "policyfile/lint.h"
#include "policyfile/read_accounts.h"
#include "policyfile/read_parts.h"
#include "policyfile/read_sinks.h"
#include "policyfile/values.h"
#include "policyfile/zonecache.h"

#define HISTORY_MONTHS 12

/* Clusters that lack a value that they need. They are told in one message. */
struct lacking {
	struct node *first;
	size_t count;
};

/* The layers above the clusters, merged: clusters that name one policy, or none, begin as copies.
 */
struct base {
	struct policy *policy;
	struct node *origin[FIELD_COUNT];
	bool good; /* without errors */
	bool used;
};

struct file {
	struct loader l;
	struct read_accounts accounts;
	struct lint *lint;
	const struct node *policies; /* mapping, or NULL */
	struct base *bases;        /* of the defaults alone, and then one for each of `policies` */
	const char **policy_names; /* ended by NULL */
	size_t policy_count;
	struct lacking without_region, without_keep;
};

/* Merges a layer, which may be NULL, onto what is below it. */
static void read_layer(struct file *f, const struct node *layer, enum scope scope,
	const struct base *below, struct base *ret)
{
	struct loader *l = &f->l;
	int errors = l->m->errors;

	l->policy = below ? policy_copy(below->policy, "?", NULL) : policy_new("?");
	memset(l->origin, 0, sizeof(l->origin));
	if (below)
		memcpy(l->origin, below->origin, sizeof(l->origin));
	if (layer)
		layer_apply(l, layer, scope);
	memcpy(ret->origin, l->origin, sizeof(ret->origin));
	ret->policy = TAKE_PTR(l->policy);
	ret->good = (!below || below->good) && l->m->errors == errors;
}

/* The item of the root under this key, if it is a mapping; else NULL, after telling the error. */
static const struct node *get_mapping(struct file *f, const struct node *root, const char *key)
{
	const struct node *n = node_get(root, key, NULL);

	return n && loader_is_mapping(&f->l, key, n) ? n : NULL;
}

static void read_layers(struct file *f, const struct node *root)
{
	const struct node *defaults = get_mapping(f, root, "defaults"), *policies;

	f->policies = policies = get_mapping(f, root, "policies");
	f->policy_count = policies ? policies->count : 0;
	f->bases = xcalloc(f->policy_count + 1, sizeof(*f->bases));
	f->policy_names = xcalloc(f->policy_count + 1, sizeof(*f->policy_names));
	read_layer(f, defaults, SCOPE_DEFAULTS, NULL, &f->bases[0]);
	for (size_t i = 0; i < f->policy_count; i++) {
		const struct node *layer = policies->items[i];
		struct base *base = &f->bases[i + 1];
		const char *name = policies->keys[i]->text;
		bool good = value_id(&f->l, &keys[FIELD_POLICY], policies->keys[i], &name);
		f->policy_names[i] = name;
		if (!loader_is_mapping(&f->l, name, layer))
			layer = NULL;
		read_layer(f, layer, SCOPE_POLICY, &f->bases[0], base);
		xstrset(&base->policy->policy_name, name);
		base->used = !good;
		base->good = base->good && layer;
	}
}

/* What a cluster begins with: the policy that it names, or the defaults if it names none, or one
 * that is unknown (an error). */
static struct base *find_base(struct file *f, const struct node *cluster)
{
	const struct node *n = node_get(cluster, "policy", NULL);
	const char *name;

	if (!n || !value_id(&f->l, &keys[FIELD_POLICY], n, &name))
		return &f->bases[0];
	for (size_t i = 0; i < f->policy_count; i++)
		if (strcmp(f->policy_names[i], name) == 0)
			return &f->bases[i + 1];
	loader_unknown_name(&f->l, n, "policy", "policies", name, f->policy_names, f->policy_count);
	return &f->bases[0];
}

/* The error is told once for each pair of places, since many clusters may take both from the same
 * layers. */
static void check_can_backup(const struct loader *l)
{
	const struct policy *p = l->policy;
	bool warehouse = p->edition == EDITION_WAREHOUSE;
	struct node *why = l->origin[warehouse ? FIELD_EDITION : FIELD_REMOTE];
	struct node *schedule =
		l->origin[FIELD_SCHEDULE] ? l->origin[FIELD_SCHEDULE] : l->origin[FIELD_EVERY];
	bool first;

	if ((!warehouse && !p->remote) || p->schedule.kind == SCHEDULE_NONE)
		return;
	first = loader_is_first(why, WARN_CANNOT_BACKUP);
	if (!loader_is_first(schedule, WARN_CANNOT_BACKUP) && !first)
		return;
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

/* Checks the merged policy of a cluster. An empty `keep` is told at the place that it comes from.
 */
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

/* The id and the name of a cluster; each is valid, or NULL after telling the error. */
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

/* Fills in what a discovery takes from its template, in which all layers are merged. `good`: there
 * were no errors. */
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
		xstrset(&d->template->region, d->region);
	else
		d->region = xstrdup(d->template->region);
}

/* Makes the policy of an entry, l->policy, and fills in `discovery` if the entry has one (else
 * NULL). Both are complete even after errors, so that all errors are found. `errors`: how many
 * errors there were before. */
static void read_entry(struct file *f, struct node *entry, const struct identity *who, int errors,
	struct discovery *discovery)
{
	struct loader *l = &f->l;
	struct base *base = find_base(f, entry);

	base->used = true;
	memcpy(l->origin, base->origin, sizeof(l->origin));
	l->above = base->origin;
	l->policy = policy_copy(base->policy, who->id ? who->id : "?", who->name);
	l->discovery = discovery;
	layer_apply(l, entry, discovery ? SCOPE_FOUND : SCOPE_CLUSTER);
	read_accounts_use(&f->accounts, l->policy->account);
	if (discovery) {
		discovery->template = l->policy;
		complete_discovery(l, discovery, l->m->errors == errors);
	}
	if (!base->good || l->m->errors != errors)
		return;
	check_cluster(f, entry);
	if (l->m->errors != errors)
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
		key->kind = NODE_BROKEN; /* so that no other error is told about it */
	}
	read_entry(f, entry, &nobody, errors, d);
	f->l.policy = NULL;
	return d;
}

static void read_clusters(struct file *f, const struct node *root, struct policyfile *ret)
{
	struct node *key = NULL, *list = node_get(root, "clusters", &key);
	struct labels labels = {0};
	size_t capacity = 0;

	if (!list) {
		loader_error(&f->l, root, "no 'clusters': list them as `- id: amv-...`");
		return;
	}
	if (list->kind != NODE_LIST) {
		(void)loader_refuse(&f->l, list, "'clusters' takes a list of `- id: amv-...`");
		return;
	}
	if (list->count == 0)
		loader_warn(f->l.m, key, WARN_NO_CLUSTERS, "no clusters: nothing is backed up");
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
		(void)loader_refuse(
			&f->l, list->items[i], "a cluster is a mapping such as {id: amv-...}");
	}
	labels_check(&labels, f->l.m);
	labels_done(&labels);
	tell_lacking(f);
}

static void file_done(struct file *f)
{
	for (size_t i = 0; f->bases && i <= f->policy_count; i++)
		policy_free(f->bases[i].policy);
	free(f->bases);
	free(f->policy_names);
}

static void warn_unused(struct file *f)
{
	for (size_t i = 0; i < f->policy_count; i++)
		if (!f->bases[i + 1].used)
			loader_warn(f->l.m, f->policies->keys[i], WARN_UNUSED,
				"no cluster uses the policy '%s'", f->policy_names[i]);
}

struct policyfile *read_clusters_all(
	struct messages *m, struct node *const *roots, size_t count, const struct zonecache *known)
{
	struct node *root = roots[0];
	struct policyfile *ret = xcalloc(1, sizeof(*ret));
	_cleanup_(lint_freep) struct lint *lint = lint_new(m);
	struct file f = {.l = {.m = m, .file = ret, .known_zones = known}, .lint = lint};

	ret->zones = f.l.zones = zonecache_new();
	ret->history = (struct duration){.months = HISTORY_MONTHS};
	if (loader_is_mapping(&f.l, "the file", root)) {
		layer_apply(&f.l, root, SCOPE_FILE);
		read_parts(&f.l, roots, count);
		read_accounts(&f.l, root, &f.accounts);
		read_layers(&f, root);
		read_clusters(&f, root, ret);
		warn_unused(&f);
		read_accounts_end(&f.accounts, m, ret);
		read_sinks(&f.l, root, ret);
		lint_end(lint);
	}
	file_done(&f);
	return ret;
}
