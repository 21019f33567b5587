/* What earlier listings showed, compared with the new one: sets that show later than they can have
 * (S16), and kept sets that vanish by another hand (L3). Of single sets it is remembered in marks.
 */
#pragma once

#include "cycle/marks.h"
#include "retention/pack.h"

/* For people: what was known of the sets when this process began. */
struct last_known {
	size_t sets, valid, kept, expired, failed;
	int64_t newest_valid_s; /* SET_NO_TIME if none */
};

struct seen {
	struct listed_sets sets;  /* to compare with; no bytes while they are `at_hand` */
	bool at_hand;             /* they are those of the last listing, and on disk */
	bool of_last;             /* they are those of the last listing */
	bool dirty;               /* they are not on disk yet */
	bool writing;             /* ... and in the RECORD effect under way */
	uint64_t digest;          /* of those on disk */
	struct last_known *begun; /* owned; NULL: nothing is, or a listing is known since */
	const char *trouble;      /* interned: kept sets vanished; "" none did */
};

/* Takes the ledger's sets over, if they are of the same regions as the policy's. The marks are
 * loaded. */
void seen_load(struct seen *s, struct ledger *l, const struct marks *m, const struct policy *p);
void seen_done(struct seen *s);
void seen_forget(struct seen *s, struct marks *m); /* another inventory is listed from now on */

struct seen_context {
	const struct inventory *past; /* the last listing */
	const struct policy *policy;
	struct marks *marks;
	struct outbox *out;
	struct moment now;
	int64_t now_s;    /* the time to go by */
	int64_t listed_s; /* when the listing ended that is compared with */
};

/* A complete listing is there, as the cloud gave it. Its sets that show too late get a mark; of
 * those that it lacks it is told who took them. */
void seen_compare(struct seen *s, const struct seen_context *x, const struct inventory *inv);
/* The clock was in doubt at the last listing: it is compared with nothing. */
void seen_pass_over(struct seen *s, const struct inventory *past);

/* Makes each set that showed late DOUBT_LATE, until it has been there for `grace_s`. */
void seen_mask_late(struct marks *m, struct inventory *inv, int64_t grace_s);
/* A person has looked: sets that showed late count, and those that vanished are no trouble. Returns
 * how many these are. */
size_t seen_accept(struct seen *s, struct marks *m, struct inventory *inv);
size_t seen_vanished(const struct marks *m); /* kept sets that did, and nobody has said so */

const struct listed_sets *seen_record(struct seen *s); /* NULL: nothing new */
void seen_recorded(struct seen *s, bool ok);
