/* Headers and bodies of a request and of its reply, and what frees them. */
#include "request.h"

#include <ctype.h>

static void add_header(struct header **headers, size_t *count, size_t *capacity, const char *name,
	const char *value)
{
	*headers = memory_grow(*headers, capacity, *count + 1, sizeof(**headers));
	(*headers)[(*count)++] = (struct header){xstrdup(name), xstrdup(value)};
}

static void free_headers(struct header *headers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(headers[i].name);
		free(headers[i].value);
	}
	free(headers);
}

void request_add_header(struct request *r, const char *name, const char *value)
{
	add_header(&r->headers, &r->header_count, &r->header_capacity, name, value);
	for (char *c = r->headers[r->header_count - 1].name; *c; c++)
		*c = (char)tolower((unsigned char)*c);
}

const char *request_header(const struct request *r, const char *name)
{
	for (size_t i = 0; i < r->header_count; i++)
		if (text_equal(r->headers[i].name, name))
			return r->headers[i].value;
	return NULL;
}

void request_free(struct request *r)
{
	free(r->method);
	free(r->target);
	free_headers(r->headers, r->header_count);
	text_done(&r->body);
}

void reply_add_header(struct reply *r, const char *name, const char *value)
{
	add_header(&r->headers, &r->header_count, &r->header_capacity, name, value);
}

void reply_set_body(
	struct reply *r, int status, const char *content_type, char *body, size_t length)
{
	free(r->body);
	free(r->content_type);
	r->status = status;
	r->content_type = xstrdup(content_type);
	r->body = body;
	r->length = length;
}

void reply_set_json(struct reply *r, int status, const cJSON *json)
{
	char *body = cJSON_PrintUnformatted(json);

	if (!body)
		abort();
	reply_set_body(r, status, "application/json;charset=utf-8", body, strlen(body));
}

void reply_free(struct reply *r)
{
	free(r->content_type);
	free(r->body);
	free_headers(r->headers, r->header_count);
	free(r->date_raw);
	*r = (struct reply){0};
}
