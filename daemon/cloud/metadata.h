/* A conversation with the ECS metadata service about the keys of the instance's role: what to ask
 * next, as a function of what was answered. Source: the ECS manual (instance metadata, its security
 * hardened mode, instance RAM roles) and the vendor's own clients: a token is asked for first
 * (IMDSv2); where that or what is asked with it fails, it is asked without one, unless
 * ALIBABA_CLOUD_IMDSV1_DISABLED says not to. */
#pragma once

#include "cloud/http.h"
#include "cloud/session.h"

enum metadata_stage {
	METADATA_TOKEN,
	METADATA_ROLE,
	METADATA_KEYS,
};

struct metadata {
	enum metadata_stage stage;
	bool hardened; /* never without a token */
	char *role;    /* NULL until it is found */
	char *token;   /* NULL: none */
};

/* `role` NULL: to be found. */
void metadata_begin(struct metadata *m, const char *role, bool hardened);
void metadata_done(struct metadata *m); /* wipes and frees */

struct metadata_question {
	const char *method;
	char path[160];
	char *header; /* NULL: none; the caller's, to be wiped */
};
void metadata_ask(const struct metadata *m, struct metadata_question *ret);

/* 0: ask on. 1: *ret is the session (the caller's). -ENODEV: there is no such service, or it gives
 * this instance no role. Others: it does not do. */
int metadata_take(
	struct metadata *m, const struct http_reply *reply, struct session *ret, struct error *err);
