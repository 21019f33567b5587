/* The conversation with the ECS metadata service about the keys of the instance's role, as a state
 * machine without I/O. The first question is for a token (IMDSv2). If that question fails, or the
 * next one with the token, the service is asked without a token, unless
 * ALIBABA_CLOUD_IMDSV1_DISABLED forbids it. Sources: the ECS manual (instance metadata, security
 * hardened mode, instance RAM roles) and the vendor's own clients. */
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
	bool hardened; /* never ask without a token */
	char *role;    /* NULL: not found yet */
	char *token;   /* NULL: none */
};

/* `role` NULL: ask for the role, too. */
void metadata_begin(struct metadata *m, const char *role, bool hardened);
void metadata_done(struct metadata *m); /* wipes and frees */

struct metadata_question {
	const char *method;
	char path[160];
	char *header; /* NULL: none; the caller wipes and frees it */
};
void metadata_ask(const struct metadata *m, struct metadata_question *ret);

/* 0: there is another question. 1: *ret is the session, which is the caller's. -ENODEV: there is no
 * metadata service, or the instance has no role. Other errors: the reply is not acceptable. */
int metadata_take(
	struct metadata *m, const struct http_reply *reply, struct session *ret, struct error *err);
