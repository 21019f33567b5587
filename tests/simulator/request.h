/* One HTTP request as it came, and the reply that is to go out. */
#pragma once

#include "base/text.h"

#include <cjson/cJSON.h>

struct header {
	char *name; /* lower case */
	char *value;
};

struct request {
	char *method, *target; /* target: path and query, as on the wire */
	struct header *headers;
	size_t header_count, header_capacity;
	struct text body;
	bool tls;
};

enum delivery {
	DELIVER_ANSWER,
	DELIVER_RESET, /* TCP RST, no byte of an answer */
	DELIVER_CLOSE, /* orderly close, no byte of an answer */
	DELIVER_HANG,  /* never */
};

struct reply {
	int status;
	char *content_type;
	char *body;
	size_t length;
	struct header *headers; /* besides Content-Type, Content-Length, Date */
	size_t header_count, header_capacity;
	enum delivery delivery;
	int64_t delay_us;
	bool cut, cut_declared; /* declared: Content-Length still tells the whole length */
	size_t cut_at;
	size_t slow_bytes; /* 0: at once; else that many bytes every slow_us */
	int64_t slow_us;
	int64_t date_shift_us;
	bool date_absent;
	char *date_raw; /* instead of a date; NULL: none */
};

void request_add_header(struct request *r, const char *name, const char *value);
const char *request_header(const struct request *r, const char *name); /* name in lower case */
void request_free(struct request *r);

void reply_add_header(struct reply *r, const char *name, const char *value);
/* Takes `body` (malloc) over. */
void reply_set_body(
	struct reply *r, int status, const char *content_type, char *body, size_t length);
void reply_set_json(struct reply *r, int status, const cJSON *json);
void reply_free(struct reply *r);
