/* The calls that are made on behalf of a person, and change nothing: of the doctor and the
 * recorder.
 */
#pragma once

#include "cloud/client.h"
#include "retention/policy.h"

enum question { ASK_CALLER, ASK_CLUSTER, ASK_SETS, ASK_POLICY, QUESTION_COUNT };
extern const char *const question_actions[QUESTION_COUNT]; /* "DescribeBackups" */

/* Of ASK_SETS: which page, and how far back. */
struct question_window {
	int64_t back_s, ahead_s;
	int64_t page;
};

/* Asks about the cluster of a policy. `raw`: as that of struct client_target. */
void question_ask(struct client *client, struct client_account *account, const struct policy *p,
	enum question question, const struct question_window *window, bool raw,
	client_callback *done, void *data);
