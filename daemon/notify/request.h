/* An HTTP request of a sink, as values. URL, headers and body may hold secrets. */
#pragma once

#include "base/error.h"
#include "base/memory.h"

#include <stdbool.h>
#include <stddef.h>

#define NOTIFY_HEADERS_MAX 3

struct notify_request {
	char *url;
	char *body;                            /* NULL: a GET */
	char *headers[NOTIFY_HEADERS_MAX + 1]; /* "name: value", ended by NULL */
};
void notify_request_done(struct notify_request *r); /* wipes */

/* Where a sink is, as its files say. Borrowed; a secret. */
struct notify_target {
	const char *url;
	const char *secret; /* NULL: none */
};

/* Sets what the formats that take JSON have in common; the body is taken over. */
void notify_request_json(struct notify_request *r, const char *url, char *body);
/* Adds "Authorization: Bearer SECRET" if there is a secret. */
void notify_request_bearer(struct notify_request *r, const char *secret);

/* Whether the URL may be used: https, or http to this machine; no user, no blanks. The error quotes
 * nothing of it (S9). */
int notify_url_check(const char *url, struct error *err);
