/* What a reply, or the want of one, means: the one place that tells "certainly not done" from "may
 * have been done" (promise S5). A function of values. */
#pragma once

#include "base/json.h"
#include "cloud/credentials.h"
#include "cloud/http.h"
#include "cycle/answer.h"

/* Of a reply's JSON. A page of 100 clusters with 20 tags each has about 11,000, one of 100 sets
 * 1,700. */
#define OUTCOME_VALUES_MAX ((size_t)32768)

#define OUTCOME_RETRY_AFTER_MAX_MS                                    \
	INT64_C(3600000) /* a longer wish is cut: it may be a mistake \
			  */

/* Fills all of *ret. ANSWER_OK only says that it is a 2xx with well-formed JSON and without an
 * error Code; whether the body is the reply that was asked for is the caller's to see. `keys` (may
 * be NULL) are taken out of the texts (S9).
 *
 * unsent: UNSENT. no whole reply: AMBIGUOUS. An error body: THROTTLED if its Code has "Throttling",
 * whatever the status, or the status is 429; REFUSED for other 4xx but 408; AMBIGUOUS for the
 * rest (408, 5xx, a 2xx or 3xx with an error in it, and a nonce that was used: no other call has
 * ours, so that a copy of this one came first). No error body: AMBIGUOUS "BadReply" for
 * all but 2xx, since a proxy or a portal may have answered; a redirect and a page are called so.
 *
 * *ret_body is the body of an ANSWER_OK, so that it is parsed once, and otherwise NULL. It is the
 * caller's (json_erase). `ret_body` may be NULL. */
void outcome_read(const struct http_reply *reply, const struct keys *keys, struct answer *ret,
	cJSON **ret_body);

/* What the Date header says; 0 if there is none or it does not read. */
int64_t outcome_date(const struct http_reply *reply);

/* Turns *a into AMBIGUOUS "BadReply" with this message (redacted). */
void outcome_bad_reply(struct answer *a, const char *message, const struct keys *keys);
