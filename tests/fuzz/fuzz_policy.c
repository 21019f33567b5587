/* Policy files, and files beside them, after a FS character each. What loads prints as one file
 * that loads to the same (S10). */
#include "fuzz.h"
#include "policyfile/differ.h"
#include "policyfile/inputs.h"
#include "policyfile/policyfile.h"

#define FILE_MAX (1024 * 1024)
#define SEPARATOR 0x1c

static struct policyfile *parse(const char *data, size_t size)
{
	_cleanup_(text_done) struct text messages = TEXT_INIT(256 * 1024);
	_cleanup_(inputs_done) struct inputs in = {0};
	struct policyfile_counts counts = {0};
	struct policyfile *f = NULL;
	const char *separator;
	int r;

	while ((separator = size ? memchr(data, SEPARATOR, size) : NULL)) {
		inputs_add(&in, "policy.yaml", data, (size_t)(separator - data));
		size -= (size_t)(separator + 1 - data);
		data = separator + 1;
	}
	inputs_add(&in, "policy.yaml", data, size);
	r = policyfile_parse(&in, &f, &messages, &counts);

	HOLDS((r == 0) == (f != NULL));
	HOLDS((r == 0) == (counts.errors == 0));
	HOLDS(r == 0 || messages.length > 0);
	return f;
}

static void same_again(const struct policyfile *f, const struct text *printed)
{
	struct policyfile *again = parse(printed->s, printed->length);

	HOLDS(again);
	HOLDS(again->cluster_count == f->cluster_count);
	for (size_t i = 0; i < f->cluster_count; i++)
		HOLDS(!differ_policies(f->clusters[i], again->clusters[i]));
	HOLDS(again->account_count == f->account_count);
	for (size_t i = 0; i < f->account_count; i++)
		HOLDS(text_equal(f->accounts[i]->name, again->accounts[i]->name) &&
			!differ_accounts(f->accounts[i], again->accounts[i]));
	HOLDS(again->discovery_count == f->discovery_count);
	for (size_t i = 0; i < f->discovery_count; i++)
		HOLDS(!differ(SCOPE_FOUND, OBJECTS_FOUND(f->discoveries[i]),
			OBJECTS_FOUND(again->discoveries[i]), NULL, NULL));
	policyfile_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text all = TEXT_INIT(8 * FILE_MAX);
	struct policyfile *f = parse((const char *)data, size);

	if (!f)
		return 0;
	policyfile_print_all(f, &all);
	/* What the layers share is written out for each cluster, and may outgrow the limit. */
	if (all.length <= FILE_MAX)
		same_again(f, &all);
	text_done(&all);
	policyfile_free(f);
	return 0;
}
