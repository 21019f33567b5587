/* Policy files. A file that loads prints as one that loads to the same policies (S10). */
#include "fuzz.h"
#include "policyfile/policyfile.h"

#define FILE_MAX (1024 * 1024)

static struct policyfile *parse(const char *data, size_t size)
{
	_cleanup_(text_done) struct text messages = TEXT_INIT(256 * 1024);
	struct policyfile_counts counts = {0};
	struct policyfile *f = NULL;
	int r = policyfile_parse("policy.yaml", data, size, &f, &messages, &counts);

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
		HOLDS(policyfile_same(f->clusters[i], again->clusters[i]));
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
