/* Whether the cloud may soon be rid of a cluster. Its backup sets go with it then, and nothing can
 * be restored any more (AnalyticDB for MySQL, "Manage backups"). Values alone: no clock. */
#pragma once

#include "base/text.h"
#include "cloud/describe.h"
#include "retention/policy.h"

enum ending {
	ENDING_NONE,
	ENDING_SOON, /* a subscription ends within two weeks, or the disk is full */
	ENDING_NOW,  /* it is locked, or being released, or gone */
};

/* What the attributes say of it. `why` gets one line: what is wrong, and what can still be done.
 * Nothing for ENDING_NONE. */
enum ending ending_judge(const struct cluster_attributes *a, const struct policy *p, int64_t now_s,
	struct text *why);
/* Whether an error code of DescribeDBClusterAttribute says that there is no such cluster. */
bool ending_is_gone(const char *code);
/* The line for such a cluster. */
void ending_say_gone(const char *code, struct text *why);
