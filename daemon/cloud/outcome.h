/* What a reply means, or the lack of one. This is the one place that tells "certainly not done"
 * from "may have been done" (promise S5). A function of values. */
#pragma once

#include "base/json.h"
#include "cloud/credentials.h"
#include "cloud/http.h"
#include "cycle/answer.h"

/* The most values of a reply's JSON. A page of 100 clusters with 20 tags each has about 11,000, a
 * page of 100 sets about 1,700. */
#define OUTCOME_VALUES_MAX ((size_t)32768)

#define OUTCOME_RETRY_AFTER_MAX_MS                                    \
	INT64_C(3600000) /* a longer wish is cut: it may be a mistake \
			  */

/* Fills all of *ret. `keys` (may be NULL) are redacted from the texts (S9).
 *
 * - The request was not sent: UNSENT. It was, and no whole reply came: AMBIGUOUS.
 * - An error body: THROTTLED if its Code contains "Throttling" or the status is 429; REFUSED for
 *   other statuses 4xx but 408; AMBIGUOUS for the rest (408, 5xx, an error with 2xx or 3xx).
 *   SignatureNonceUsed is AMBIGUOUS, too: only this call uses its nonce, so a copy of it was there
 *   before.
 * - A status 2xx with well-formed JSON: OK. Whether that is the reply which the action wants is for
 *   the caller to see.
 * - Anything else: AMBIGUOUS "BadReply", since a proxy or a portal may have answered. The message
 *   names redirects and web pages as what they are.
 *
 * *ret_body is the parsed body of an ANSWER_OK, so that nobody parses it again; otherwise NULL. It
 * is the caller's (json_erase). `ret_body` may be NULL. */
void outcome_read(const struct http_reply *reply, const struct keys *keys, struct answer *ret,
	cJSON **ret_body);

/* The instant of the Date header; 0 if there is none or it does not read. */
int64_t outcome_date(const struct http_reply *reply);

/* Turns *a into AMBIGUOUS "BadReply" with this message (redacted). */
void outcome_bad_reply(struct answer *a, const char *message, const struct keys *keys);
