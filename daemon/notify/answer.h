/* What came back from a sink. The chats answer HTTP 200 on failure, too, and say so in the body. */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct notify_answer {
	int status; /* of HTTP */
	const char *body;
	size_t length;
	int64_t retry_after_s; /* as the header says; 0: it does not */
};

struct notify_outcome {
	bool told;      /* it took the message */
	int64_t wait_s; /* not before so many seconds again; 0: no word of it */
	/* What it said, for people. Nothing of a body but codes and known texts (S9): a server may
	 * send our URL back. */
	char detail[160];
};

/* By the status alone: 2xx is well, 429 and 503 say when to come again. */
void notify_read_status(const struct notify_answer *a, struct notify_outcome *ret);

struct notify_code {
	int64_t code;
	const char *text;
	int64_t wait_s; /* 0: the usual backoff */
};
/* By a whole number in the body, which is 0 if all is well; `codes` ends with a text of NULL. A
 * body without that number is a failure. */
void notify_read_code(const struct notify_answer *a, const char *key,
	const struct notify_code *codes, struct notify_outcome *ret);
/* By a body of plain text, which is `ok` if all is well. */
void notify_read_text(const struct notify_answer *a, const char *ok, struct notify_outcome *ret);
