/* One call on behalf of a person that changes nothing, with its reply as it came. */
#include "service/recorder.h"

#include "service/question.h"

#define REPLY_MAX (16u << 20)
/* As far as a cycle lists. */
#define BACK_S (800 * INT64_C(86400))
#define AHEAD_S INT64_C(86400)

struct recorder {
	struct varlink_call *call; /* NULL: answered */
	struct account_client *account;
	void (*finished)(void *data, struct recorder *r);
	void *data;
};

static void answer_json(const struct client_result *result, struct jsonwriter *w)
{
	const struct answer *a = result->answer;
	const struct client_raw *raw = result->raw;

	json_object_begin(w, NULL);
	json_int(w, "status", a->http_status);
	json_string(w, "version", raw->version);
	json_string(w, "query", raw->query ? raw->query : "");
	json_string(w, "head", raw->head);
	json_string(w, "body", raw->body);
	json_string(w, "code", raw->body ? NULL : a->code);
	json_string(w, "message", raw->body ? NULL : a->message);
	json_object_end(w);
}

static void done(void *data, const struct client_result *result)
{
	struct recorder *r = data;
	struct varlink_call *call = r->call;
	struct text t = TEXT_INIT(REPLY_MAX);
	struct jsonwriter w = {.out = &t};

	answer_json(result, &w);
	r->call = NULL;
	account_client_leave(r->account);
	if (t.full) {
		text_done(&t);
		varlink_error_message(call, "Failed", "the reply of the cloud is too long");
	} else {
		varlink_reply(call, text_take(&t));
	}
	r->finished(r->data, r);
}

struct recorder *recorder_start(struct service *service, struct varlink_call *call,
	const struct cluster *cluster, const char *action, int64_t page,
	void (*finished)(void *data, struct recorder *r), void *data)
{
	enum question question = 0;
	struct recorder *r;

	while (question < QUESTION_COUNT && !text_equal(question_actions[question], action))
		question++;
	if (question == QUESTION_COUNT) {
		varlink_error_parameter(call, "action");
		return NULL;
	}
	r = xcalloc(1, sizeof(*r));
	*r = (struct recorder){
		.call = call, .account = cluster->call.account, .finished = finished, .data = data};
	account_client_join(r->account);
	question_ask(service->context.calls->client, r->account->client, cluster->policy, question,
		&(struct question_window){.back_s = BACK_S, .ahead_s = AHEAD_S, .page = page}, true,
		done, r);
	return r;
}

void recorder_free(struct recorder *r)
{
	if (r->call)
		varlink_error_message(r->call, "Failed", "retaind stops");
	free(r);
}
