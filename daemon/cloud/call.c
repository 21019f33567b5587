/* What becomes of the answer of a call: whether it reads, and what whoever asked is told of it. */
#include "cloud/call.h"

#include "base/text.h"
#include "cloud/outcome.h"
#include "cloud/redact.h"

bool call_reads(struct call *k)
{
	/* Texts of the reply are shown to people: a reply with a secret is not read. */
	if (k->answer.kind == ANSWER_OK && redact_finds_in(k->reply, &k->keys)) {
		call_spoil(k, "the reply repeats a secret");
		json_erase(k->reply);
		k->reply = NULL;
	}
	return k->answer.kind == ANSWER_OK;
}

void call_spoil(struct call *k, const char *message)
{
	outcome_bad_reply(&k->answer, message, &k->keys);
}

/* A refusal may repeat what was signed, and with it our key. */
static bool may_tell(const struct call *k)
{
	const struct http_reply *r = &k->reply_raw;

	return r->body && (k->answer.kind == ANSWER_OK || k->answer.unreadable) &&
		!redact_finds(r->body, &k->keys) && !(r->head && redact_finds(r->head, &k->keys));
}

void call_deliver(struct call *k, struct client_result *result)
{
	struct client_raw raw = {
		.action = k->action->name, .version = k->action->version, .query = k->query};

	if (k->raw && may_tell(k)) {
		raw.head = k->reply_raw.head ? k->reply_raw.head : "";
		raw.body = k->reply_raw.body;
	}
	result->answer = &k->answer;
	result->raw = k->raw ? &raw : NULL;
	k->done(k->data, result);
}
