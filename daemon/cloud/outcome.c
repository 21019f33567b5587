/* What a reply means, or the lack of one. */
#include "cloud/outcome.h"

#include "base/json.h"
#include "base/text.h"
#include "cloud/error_code.h"
#include "cloud/redact.h"
#include "cloud/reply.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

/* The number at the start of `s`, which must end there or before one of `stops`; 0 otherwise. */
static int64_t leading_number(const char *s, const char *stops)
{
	char digits[16];
	size_t n = strspn(s, "0123456789");
	uint64_t value;

	if (n == 0 || n >= sizeof(digits) || (s[n] && !strchr(stops, s[n])))
		return 0;
	memcpy(digits, s, n);
	digits[n] = '\0';
	return text_to_u64(digits, &value) ? (int64_t)value : 0;
}

/* "Limit:1,Remain:0,TimeLeft:2000,Reset:1234": TimeLeft, in ms. */
static int64_t time_left(const char *ratelimit)
{
	const char *field = strstr(ratelimit, "TimeLeft:");

	return field ? leading_number(field + strlen("TimeLeft:"), ", ") : 0;
}

static int64_t retry_after_ms(const struct http_reply *r, bool throttled)
{
	int64_t ms = leading_number(r->acs_retry_after, "");

	/* Other replies carry rate limits, too; only a throttled call waits for them. */
	if (ms == 0 && throttled) {
		int64_t api = time_left(r->ratelimit_api), user = time_left(r->ratelimit_user);
		ms = api > user ? api : user;
	}
	if (ms == 0)
		ms = leading_number(r->retry_after, "") * 1000;
	return ms < OUTCOME_RETRY_AFTER_MAX_MS ? ms : OUTCOME_RETRY_AFTER_MAX_MS;
}

static void not_answered(const struct http_reply *r, const struct keys *keys, struct answer *ret)
{
	ret->kind = r->fate == HTTP_UNSENT ? ANSWER_UNSENT : ANSWER_AMBIGUOUS;
	ret->transient = !text_equal(r->word, "Tls"); /* a certificate stays as wrong as it is */
	(void)snprintf(ret->code, sizeof(ret->code), "%s", r->word);
	redact(r->detail, keys, ret->message, sizeof(ret->message));
}

static enum answer_kind kind_of_error(int status, const char *code)
{
	if (strstr(code, "Throttling") || status == 429)
		return ANSWER_THROTTLED;
	/* Only this call uses its nonce: a copy of it was there before, and may have been carried
	 * out. */
	if (text_equal(code, "SignatureNonceUsed"))
		return ANSWER_AMBIGUOUS;
	if (status >= 400 && status < 500 && status != 408)
		return ANSWER_REFUSED;
	return ANSWER_AMBIGUOUS;
}

/* Adds what is known of the code beyond the vendor's words. */
static void judge_code(struct answer *a)
{
	const struct error_code *known = error_code_find(a->code);
	char message[sizeof(a->message)];

	a->about = known->about;
	a->transient = a->kind != ANSWER_REFUSED || known->transient;
	if (!known->note)
		return;
	text_copy_printable(message, sizeof(message), a->message);
	(void)snprintf(a->message, sizeof(a->message), "%s%s", known->note, *message ? ": " : "");
	text_copy_printable(
		a->message + strlen(a->message), sizeof(a->message) - strlen(a->message), message);
}

static const char *what_came_instead(const struct http_reply *r, bool json)
{
	size_t blank = strspn(r->body, " \t\r\n");

	if (r->status >= 300 && r->status < 400)
		return "a redirect, which is not followed: a proxy or a captive portal?";
	if (r->body[blank] == '<')
		return "a page instead of an answer: a proxy or a captive portal?";
	return json ? "a body that has no error Code"
		    : "a body that is not JSON as the service sends it";
}

static void answered(
	const struct http_reply *r, const struct keys *keys, struct answer *ret, cJSON **ret_body)
{
	_cleanup_(json_erasep) cJSON *body = NULL;
	bool json = json_parse_within(r->body, r->length, OUTCOME_VALUES_MAX, &body, NULL) == 0;
	char message[128];

	if (json && reply_read_error(body, keys, ret)) {
		ret->kind = kind_of_error(r->status, ret->code);
		judge_code(ret);
	} else if (json && r->status >= 200 && r->status < 300) {
		ret->kind = ANSWER_OK;
		(void)reply_read_request_id(body, keys, ret);
		if (ret_body)
			*ret_body = TAKE_PTR(body);
	} else {
		(void)snprintf(message, sizeof(message), "HTTP status %d with %s", r->status,
			what_came_instead(r, json));
		outcome_bad_reply(ret, message, keys);
	}
}

void outcome_bad_reply(struct answer *a, const char *message, const struct keys *keys)
{
	a->kind = ANSWER_AMBIGUOUS;
	a->unreadable = a->transient = true;
	(void)snprintf(a->code, sizeof(a->code), "BadReply");
	redact(message, keys, a->message, sizeof(a->message));
}

int64_t outcome_date(const struct http_reply *reply)
{
	time_t date = *reply->date ? curl_getdate(reply->date, NULL) : 0;

	return date > 0 ? (int64_t)date : 0;
}

void outcome_read(const struct http_reply *reply, const struct keys *keys, struct answer *ret,
	cJSON **ret_body)
{
	if (ret_body)
		*ret_body = NULL;
	*ret = (struct answer){.http_status = reply->status, .server_s = outcome_date(reply)};
	if (reply->fate == HTTP_ANSWERED)
		answered(reply, keys, ret, ret_body);
	else
		not_answered(reply, keys, ret);
	if (ret->kind != ANSWER_OK)
		ret->retry_after_ms = retry_after_ms(reply, ret->kind == ANSWER_THROTTLED);
	if (ret->kind == ANSWER_REFUSED && ret->retry_after_ms == 0)
		ret->retry_after_ms = error_code_find(ret->code)->wait_ms;
}
