/* What is counted of a cluster, and how far a prune has come. */
#include "service/counters.h"

#include "base/text.h"

#include <inttypes.h>

void counters_done(struct counters *n)
{
	for (size_t i = 0; i < CALL_KINDS; i++)
		interned_clear(&n->refused[i]);
}

void counters_answer(struct counters *n, enum cluster_call call, const struct answer *a)
{
	n->answers[call][a->kind]++;
	if (call != CALL_CREATE && call != CALL_DELETE && call != CALL_RAISE)
		return;
	if (a->kind == ANSWER_REFUSED)
		interned_set(&n->refused[call], "%s: %s", a->code, a->message);
	else if (a->kind == ANSWER_OK)
		interned_clear(&n->refused[call]);
}

static void begin_prune(struct counters *n, int64_t now_boot_s)
{
	if (n->prune.began_boot_s == 0)
		n->prune.began_boot_s = now_boot_s > 0 ? now_boot_s : 1;
}

void counters_report(struct counters *n, const struct report *r, int64_t now_boot_s)
{
	n->backups_done += r->kind == REPORT_BACKUP_DONE;
	n->backups_failed += r->kind == REPORT_BACKUP_FAILED;
	n->backups_refused += r->kind == REPORT_BACKUP_REFUSED;
	n->deletes += r->kind == REPORT_DELETING;
	n->gone += r->kind == REPORT_GONE;
	if (r->kind == REPORT_DELETING) {
		begin_prune(n, now_boot_s);
		n->prune.named++;
		n->prune.begun += !n->prune.calling;
		n->prune.calling = true;
	}
	if (r->kind == REPORT_DELETE_ACCEPTED || r->kind == REPORT_DELETE_UNSURE ||
		r->kind == REPORT_DELETE_REFUSED) {
		n->prune.calls++;
		n->prune.calling = false;
	}
	n->prune.gone += r->kind == REPORT_GONE;
}

bool counters_progress(
	struct counters *n, const struct cycle_status *s, int64_t now_boot_s, struct progress *ret)
{
	int64_t to_name = (int64_t)s->under_way - (int64_t)s->asked, took_s;
	struct progress p = {.left_s = -1};

	if (s->under_way == 0)
		n->prune = (struct counters){0}.prune;
	if (n->prune.began_boot_s == 0)
		return false;
	p.calls_done = n->prune.calls;
	p.calls = n->prune.begun + (to_name + PLAN_BATCH - 1) / PLAN_BATCH;
	p.gone = n->prune.gone;
	p.sets = p.gone + (int64_t)s->under_way;
	took_s = now_boot_s - n->prune.began_boot_s;
	/* Sets go batch by batch, so what is gone tells of the pace of what is not. */
	if (p.gone > 0 && took_s > 0)
		p.left_s = took_s * (p.sets - p.gone) / p.gone;
	*ret = p;
	return true;
}
