#include "policyfile/loader.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

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
	struct account **found = bsearch(name, f->accounts, f->account_count,
		sizeof(*f->accounts), compare_name_to_account);

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

int policyfile_parse(const char *name, const char *data, size_t size, struct policyfile **ret,
	struct text *messages, struct policyfile_counts *counts)
{
	struct messages m;
	struct policyfile *f = NULL;
	_cleanup_(node_freep) struct node *root = NULL;
	int errors;

	if (size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) { /* a byte order mark: harmless */
		data += 3;
		size -= 3;
	}
	messages_init(&m, name, data, size);
	root = document_read(&m);
	if (root)
		f = clusters_load(&m, root);
	messages_print(&m, messages);
	if (counts)
		*counts = (struct policyfile_counts){m.errors, m.warnings};
	errors = m.errors;
	messages_done(&m);
	if (errors > 0) {
		policyfile_free(f);
		return -EINVAL;
	}
	f->path = xstrdup(name);
	*ret = f;
	return 0;
}

/* Reads at most one byte more than is allowed: enough to see that it is too large. */
static int read_file(const char *path, struct text *ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	char buffer[65536];
	ssize_t n = 0;
	int r = 0;

	if (fd < 0)
		return -errno;
	while (ret->length <= DOCUMENT_MAX_BYTES) {
		n = read(fd, buffer, sizeof(buffer));
		if (n == 0 || (n < 0 && errno != EINTR))
			break;
		if (n > 0)
			text_add_bytes(ret, buffer, (size_t)n);
	}
	r = n < 0 ? -errno : 0;
	(void)close(fd);
	return r;
}

int policyfile_load(const char *path, struct policyfile **ret, struct text *messages,
	struct policyfile_counts *counts)
{
	_cleanup_(text_done) struct text data = TEXT_INIT(2 * DOCUMENT_MAX_BYTES);
	int r = read_file(path, &data);

	if (r < 0) {
		text_printf(messages, "%s: error: cannot be read: %s\n", path, strerror(-r));
		if (counts)
			*counts = (struct policyfile_counts){.errors = 1};
		return r;
	}
	return policyfile_parse(path, data.s ? data.s : "", data.length, ret, messages, counts);
}
