/* Loads policy files, and finds clusters and accounts in them. */
#include "policyfile/policyfile.h"

#include "policyfile/account.h"
#include "policyfile/differ.h"
#include "policyfile/discovery.h"
#include "policyfile/inputs.h"
#include "policyfile/read_clusters.h"
#include "policyfile/read_sinks.h"
#include "policyfile/zonecache.h"

#include <errno.h>

void policyfile_free(struct policyfile *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->cluster_count; i++)
		policy_free(f->clusters[i]);
	free(f->clusters);
	for (size_t i = 0; i < f->account_count; i++)
		account_free(f->accounts[i]);
	free(f->accounts);
	for (size_t i = 0; i < f->discovery_count; i++)
		discovery_free(f->discoveries[i]);
	free(f->discoveries);
	for (size_t i = 0; i < f->sink_count; i++)
		sink_free(f->sinks[i]);
	free(f->sinks);
	zonecache_free(f->zones);
	free(f->path);
	free(f->metrics_textfile);
	free(f->metrics_listen);
	free(f);
}

static int compare_name_to_account(const void *name, const void *account)
{
	return strcmp(name, (*(struct account *const *)account)->name);
}

struct account *policyfile_account(const struct policyfile *f, const char *name)
{
	struct account **found = bsearch(
		name, f->accounts, f->account_count, sizeof(*f->accounts), compare_name_to_account);

	return found ? *found : NULL;
}

struct policy *policyfile_find(const struct policyfile *f, const char *id_or_name)
{
	for (size_t i = 0; i < f->cluster_count; i++)
		if (strcmp(f->clusters[i]->cluster, id_or_name) == 0 ||
			strcmp(f->clusters[i]->name, id_or_name) == 0)
			return f->clusters[i];
	return NULL;
}

/* Skips a byte order mark. */
static void skip_mark(const char **data, size_t *size)
{
	if (*size < 3 || memcmp(*data, "\xef\xbb\xbf", 3) != 0)
		return;
	*data += 3;
	*size -= 3;
}

/* Parses the texts. The messages borrow from them, and are to be printed before they are freed. */
static int parse(const struct inputs *in, const struct zonecache *known, struct messages *m,
	struct policyfile **ret)
{
	struct node **roots = xcalloc(in->count, sizeof(struct node *));
	struct policyfile *f = NULL;

	for (size_t i = 0; i < in->count; i++) {
		const struct text *text = &in->list[i].data;
		const char *data = text->s ? text->s : "";
		size_t size = text->length;
		skip_mark(&data, &size);
		messages_source(m, in->list[i].name, data, size);
		roots[i] = document_read(m);
	}
	if (roots[0])
		f = read_clusters_all(m, roots, in->count, known);
	for (size_t i = 0; i < in->count; i++)
		node_free(roots[i]);
	free(roots);
	if (m->errors > 0) {
		policyfile_free(f);
		return -EINVAL;
	}
	f->path = xstrdup(in->list[0].name);
	inputs_digest(in, f->digest);
	*ret = f;
	return 0;
}

static void hand_over(
	struct messages *m, struct text *ret_messages, struct policyfile_counts *ret_counts)
{
	messages_print(m, ret_messages);
	if (ret_counts)
		*ret_counts = (struct policyfile_counts){m->errors, m->warnings};
	messages_done(m);
}

int policyfile_parse(const struct inputs *in, struct policyfile **ret, struct text *messages,
	struct policyfile_counts *counts)
{
	struct messages m = {0};
	int r = parse(in, NULL, &m, ret);

	hand_over(&m, messages, counts);
	return r;
}

static int load(const char *path, enum trust trust, const struct zonecache *known,
	struct inputs *in, struct messages *m, struct policyfile **ret)
{
	int r = inputs_read(path, trust, in, m);

	return r < 0 ? r : parse(in, known, m, ret);
}

int policyfile_load(const char *path, enum trust trust, struct policyfile **ret,
	struct text *messages, struct policyfile_counts *counts)
{
	_cleanup_(inputs_done) struct inputs in = {0};
	struct messages m = {0};
	int r = load(path, trust, NULL, &in, &m, ret);

	hand_over(&m, messages, counts);
	return r;
}

int policyfile_load_again(const char *path, enum trust trust, const struct zonecache *known,
	struct policyfile **ret, struct text *messages)
{
	_cleanup_(inputs_done) struct inputs in = {0};
	struct messages m = {0};
	int r = load(path, trust, known, &in, &m, ret);

	hand_over(&m, messages, NULL);
	return r;
}

int policyfile_load_json(const char *path, enum trust trust, struct policyfile **ret,
	struct jsonwriter *w, struct policyfile_counts *counts)
{
	_cleanup_(inputs_done) struct inputs in = {0};
	struct messages m = {0};
	int r = load(path, trust, NULL, &in, &m, ret);

	messages_print_json(&m, w);
	*counts = (struct policyfile_counts){m.errors, m.warnings};
	messages_done(&m);
	return r;
}

int policyfile_digest(const char *path, char ret[DIGEST_HEX_SIZE])
{
	_cleanup_(inputs_done) struct inputs in = {0};
	struct messages m = {0};
	int r = inputs_read(path, TRUST_ALL, &in, &m);

	if (r == 0)
		inputs_digest(&in, ret);
	messages_done(&m);
	return r;
}
