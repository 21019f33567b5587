/* The words for lines of history, and the end of a ledger. */
#include "cycle/ledger.h"

#include <stdlib.h>

const char *const entry_names[ENTRY_KIND_COUNT + 1] = {
	[ENTRY_CREATE_INTENT] = "create-intent",
	[ENTRY_CREATE_OUTCOME] = "create-outcome",
	[ENTRY_BACKUP_DONE] = "backup-done",
	[ENTRY_BACKUP_FAILED] = "backup-failed",
	[ENTRY_DELETE_INTENT] = "delete-intent",
	[ENTRY_DELETE_OUTCOME] = "delete-outcome",
	[ENTRY_GONE] = "gone",
	[ENTRY_APPROVED] = "approved",
	[ENTRY_SEEN] = "seen",
	[ENTRY_EXPIRED] = "expired",
	[ENTRY_KEPT_AGAIN] = "kept-again",
	[ENTRY_VANISHED] = "vanished",
	[ENTRY_RETENTION_INTENT] = "retention-intent",
	[ENTRY_RETENTION_OUTCOME] = "retention-outcome",
	[ENTRY_RETENTION_RAISED] = "retention-raised",
	[ENTRY_ASKED] = "asked",
};

void ledger_done(struct ledger *l)
{
	for (size_t i = 0; i < l->mark_count; i++)
		free(l->marks[i].id);
	free(l->marks);
	free(l->sets.bytes);
	*l = (struct ledger){0};
}
