/* The way from a path to what the file says. */
#include "policyfile/policyfile.h"

#include "policyfile/account.h"
#include "policyfile/differ.h"
#include "policyfile/discovery.h"
#include "policyfile/inputs.h"
#include "policyfile/read_clusters.h"

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

/* A byte order mark: harmless. */
static void skip_mark(const char **data, size_t *size)
{
	if (*size < 3 || memcmp(*data, "\xef\xbb\xbf", 3) != 0)
		return;
	*data += 3;
	*size -= 3;
}

int policyfile_parse_inputs(const struct inputs *in, struct policyfile **ret, struct text *messages,
	struct policyfile_counts *counts)
{
	struct node **roots = xcalloc(in->count, sizeof(struct node *));
	struct messages m = {0};
	struct policyfile *f = NULL;

	for (size_t i = 0; i < in->count; i++) {
		const struct text *text = &in->list[i].data;
		const char *data = text->s ? text->s : "";
		size_t size = text->length;
		skip_mark(&data, &size);
		messages_source(&m, in->list[i].name, data, size);
		roots[i] = document_read(&m);
	}
	if (roots[0])
		f = read_clusters_all(&m, roots, in->count);
	messages_print(&m, messages);
	counts->errors += m.errors;
	counts->warnings += m.warnings;
	messages_done(&m);
	for (size_t i = 0; i < in->count; i++)
		node_free(roots[i]);
	free(roots);
	if (counts->errors > 0) {
		policyfile_free(f);
		return -EINVAL;
	}
	f->path = xstrdup(in->list[0].name);
	*ret = f;
	return 0;
}

int policyfile_parse(const char *name, const char *data, size_t size, struct policyfile **ret,
	struct text *messages, struct policyfile_counts *counts)
{
	_cleanup_(inputs_done) struct inputs in = {0};
	struct policyfile_counts found = {0};
	int r;

	inputs_add(&in, name, data, size);
	r = policyfile_parse_inputs(&in, ret, messages, &found);
	if (counts)
		*counts = found;
	return r;
}

int policyfile_load(const char *path, enum trust trust, struct policyfile **ret,
	struct text *messages, struct policyfile_counts *counts)
{
	_cleanup_(inputs_done) struct inputs in = {0};
	struct policyfile_counts found = {0};
	int r = inputs_read(path, trust, &in, messages);

	found = (struct policyfile_counts){in.errors, in.warnings};
	if (r == 0)
		r = policyfile_parse_inputs(&in, ret, messages, &found);
	if (counts)
		*counts = found;
	return r;
}
