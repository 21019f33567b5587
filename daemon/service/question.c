/* The calls that are made on behalf of a person, and change nothing. */
#include "service/question.h"

#include "service/now.h"

const char *const question_actions[QUESTION_COUNT] = {
	[ASK_CALLER] = "GetCallerIdentity",
	[ASK_CLUSTER] = "DescribeDBClusterAttribute",
	[ASK_SETS] = "DescribeBackups",
	[ASK_POLICY] = "DescribeBackupPolicy",
};

void question_ask(struct client *client, struct client_account *account, const struct policy *p,
	enum question question, const struct question_window *window, bool raw,
	client_callback *done, void *data)
{
	const struct client_target target = {.account = account,
		.region = p->region,
		.cluster = p->cluster,
		.edition = p->edition,
		.remote = p->remote,
		.raw = raw};
	int64_t now_s = now_moment().wall_s;

	switch (question) {
	case ASK_CALLER:
		client_caller_identity(client, &target, now_s, done, data);
		break;
	case ASK_CLUSTER:
		client_describe_cluster(client, &target, now_s, done, data);
		break;
	case ASK_SETS:
		client_describe_backups(client, &target, now_s - window->back_s,
			now_s + window->ahead_s, window->page, now_s, done, data);
		break;
	case ASK_POLICY:
		client_describe_policy(client, &target, now_s, done, data);
		break;
	case QUESTION_COUNT:
		break;
	}
}
