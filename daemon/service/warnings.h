/* What nobody may overlook though nothing fails (L3). Each warning shows in STATUS=, status, health
 * and the metrics, and in the journal when it begins and ends. */
#pragma once

#include "service/service.h"

enum warning {
	WARNING_POLICY_EDITED,
	WARNING_NOTHING_FOUND, /* a discovery stands for no cluster */
	WARNING_NO_CLUSTERS,
	WARNING_CLOUD_RETENTION, /* shorter than the policy needs, and the cloud could keep longer
				  */
	WARNING_LATE_SETS,       /* sets that earlier listings should have had (S16) */
	WARNING_POINT_IN_TIME, /* deletes to come leave less time to restore to the second (S14) */
	WARNING_ENDING,        /* a subscription ends soon, with which sets go */
	WARNING_PROOF,         /* no restore was proven for longer than safety.prove_every */
	WARNING_TIME_ZONE,     /* a zone's file cannot be used: it goes by its last known rules */
	WARNING_NOTIFY,        /* a sink of `notify` fails */
	WARNING_DRY_RUN,
	WARNING_COUNT,
};
#define WARNINGS_ALL ((1u << WARNING_COUNT) - 1)
/* Those that a cluster's own cycle tells the journal. */
#define WARNINGS_OF_CYCLES \
	(1u << WARNING_CLOUD_RETENTION | 1u << WARNING_LATE_SETS | 1u << WARNING_POINT_IN_TIME)
/* Those that are no cluster's own. */
#define WARNINGS_COMMON \
	(WARNINGS_ALL & ~(WARNINGS_OF_CYCLES | 1u << WARNING_PROOF | 1u << WARNING_ENDING))
extern const char *const warning_names[WARNING_COUNT];

struct warnings {
	char *text[WARNING_COUNT]; /* owned; NULL: it is not so */
};
void warnings_read(struct service *service, struct warnings *ret);
void warnings_done(struct warnings *w);

/* WARNING_CLOUD_RETENTION of one cluster. */
bool warnings_cloud_is_short(const struct policy *p, const struct cycle_status *s);
/* WARNING_PROOF of one cluster. `why` NULL: only whether it is so. */
bool warnings_proof_is_overdue(
	const struct cluster *c, int64_t now_s, bool named, struct text *why);

/* WARNING_POINT_IN_TIME of one cluster, in words owned by the caller; NULL: it is not so. */
char *warnings_fewer_seconds(const struct policy *p, const struct cycle_status *s);

/* Appends "; warning: the first (and N more)" of those in the mask, by 1 << enum warning. False:
 * there is none. */
bool warnings_say(struct service *service, unsigned mask, struct text *out);

/* Tells the journal what has begun and ended since the last call. */
void warnings_tell(struct service *service);
