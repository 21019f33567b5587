/* Serves the metadata service and the credentials URI. */
#include "plain.h"

#include <inttypes.h>

#define ROLES "/latest/meta-data/ram/security-credentials/"
#define TOKEN_PREFIX "TESTONLYMETADATATOKEN"
#define TTL_MOST 21600

static void answer_text(struct call *c, int status, const char *text)
{
	reply_set_body(&c->reply, status, "text/plain", xstrdup(text), strlen(text));
}

static void answer_page(struct call *c, int status, const char *title)
{
	char *page =
		xasprintf("<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>\n<html><head>"
			  "<title>%d - %s</title></head><body><h1>%d - %s</h1></body></html>\n",
			status, title, status, title);

	reply_set_body(&c->reply, status, "text/html", page, strlen(page));
}

static void answer_session(struct call *c, struct handout *h)
{
	const struct key *k = identity_hand_out(&c->sim->identity, &c->sim->auth, h, c->now_us);
	char expires[STAMP_SIZE], now[STAMP_SIZE];
	cJSON *body = cJSON_CreateObject();

	stamp_print(k->expires_us, STAMP_SECOND, expires);
	stamp_print(c->now_us, STAMP_SECOND, now);
	cJSON_AddStringToObject(body, "AccessKeyId", k->id);
	cJSON_AddStringToObject(body, "AccessKeySecret", k->secret);
	cJSON_AddStringToObject(body, "Expiration", expires);
	cJSON_AddStringToObject(body, "SecurityToken", k->token);
	cJSON_AddStringToObject(body, "LastUpdated", now);
	cJSON_AddStringToObject(body, "Code", "Success");
	c->status = 200;
	c->body = body;
	c->issued = xstrdup(k->id);
}

/* A token says itself how long it is good. */
static void put_token(struct call *c)
{
	const char *ttl = request_header(c->request, "x-aliyun-ecs-metadata-token-ttl-seconds");
	_cleanup_free_ char *token = NULL;
	uint64_t seconds;

	if (c->sim->identity.mode == METADATA_NO_TOKEN) {
		answer_page(c, 404, "Not Found");
		return;
	}
	if (!ttl || !text_to_u64(ttl, &seconds) || seconds < 1 || seconds > TTL_MOST) {
		answer_page(c, 400, "Bad Request");
		return;
	}
	token = xasprintf(
		TOKEN_PREFIX "%" PRId64, (int64_t)(c->now_us / SECOND_US) + (int64_t)seconds);
	answer_text(c, 200, token);
}

/* False after refusing. */
static bool may_read(struct call *c)
{
	const char *token = request_header(c->request, "x-aliyun-ecs-metadata-token");
	enum metadata_mode mode = c->sim->identity.mode;

	if (mode == METADATA_NO_TOKEN || (mode == METADATA_BOTH && !token))
		return true;
	if (token && text_starts(token, TOKEN_PREFIX) &&
		strtoll(token + strlen(TOKEN_PREFIX), NULL, 10) > c->now_us / SECOND_US)
		return true;
	answer_page(c, token ? 401 : 403, token ? "Unauthorized" : "Forbidden");
	return false;
}

static void get_role(struct call *c)
{
	const char *role = c->sim->identity.metadata.role;

	if (!may_read(c))
		return;
	if (role)
		answer_text(c, 200, role);
	else
		answer_page(c, 404, "Not Found");
}

static void get_credentials(struct call *c)
{
	struct handout *h = &c->sim->identity.metadata;

	if (!may_read(c))
		return;
	if (h->role && text_equal(c->request->target + strlen(ROLES), h->role))
		answer_session(c, h);
	else
		answer_page(c, 404, "Not Found");
}

static void get_uri(struct call *c)
{
	struct handout *h = &c->sim->identity.uri;

	if (h->role)
		answer_session(c, h);
	else
		answer_page(c, 404, "Not Found");
}

static const struct plain {
	const char *method, *path; /* a path that ends in * is a beginning */
	const char *action;
	void (*run)(struct call *c);
} plains[] = {
	{"PUT", "/latest/api/token", "MetadataToken", put_token},
	{"GET", ROLES, "MetadataRole", get_role},
	{"GET", ROLES "*", "MetadataCredentials", get_credentials},
	{"GET", "/credentials", "CredentialsURI", get_uri},
};

static bool matches(const struct plain *p, const struct request *r)
{
	size_t length = strcspn(p->path, "*");
	size_t sent = strcspn(r->target, "?");

	return text_equal(p->method, r->method) && strncmp(p->path, r->target, length) == 0 &&
		(p->path[length] == '*' || sent == length);
}

static const struct plain *find(const struct request *r)
{
	for (size_t i = 0; i < ARRAY_SIZE(plains); i++)
		if (matches(&plains[i], r))
			return &plains[i];
	return NULL;
}

const char *plain_action(const struct request *r)
{
	const struct plain *p = find(r);

	return p ? p->action : NULL;
}

void plain_run(struct call *c)
{
	find(c->request)->run(c);
}
