/* The control commands about roles, tokens and sessions. */
#include "control.h"

#include <errno.h>

static char *take_text(const cJSON *args, const char *name)
{
	return xstrdup(fault_text(args, name, NULL));
}

int control_role(struct simulator *s, const cJSON *args, cJSON *out, struct error *err)
{
	const char *arn = fault_text(args, "arn", NULL);
	const cJSON *trust = cJSON_GetObjectItemCaseSensitive(args, "trust");

	(void)out;
	if (!arn || !strstr(arn, ":role/"))
		return error_set(err, EINVAL, "role: needs \"arn\", acs:ram::ACCOUNT:role/NAME");
	if (trust && !cJSON_IsArray(trust))
		return error_set(
			err, EINVAL, "role: \"trust\" has to be a list of key ids and ARNs");
	identity_put_role(&s->identity,
		(struct role){
			.arn = xstrdup(arn),
			.trust = trust ? cJSON_Duplicate(trust, true) : NULL,
			.external_id = take_text(args, "external_id"),
			.oidc_provider = take_text(args, "oidc_provider"),
			.max_session_s = fault_int(args, "max_session_s", 43200),
		});
	return 0;
}

int control_oidc(struct simulator *s, const cJSON *args, cJSON *out, struct error *err)
{
	const char *provider = fault_text(args, "provider", NULL);
	const char *token = fault_text(args, "token", NULL);

	(void)out;
	if (!provider || !token)
		return error_set(err, EINVAL, "oidc: needs \"provider\" and \"token\"");
	identity_put_token(&s->identity, provider, token,
		clock_now_us(&s->clock) +
			fault_us(args, "expires_in_s", SECOND_US, 3600 * SECOND_US));
	return 0;
}

int control_sts(struct simulator *s, const cJSON *args, cJSON *out, struct error *err)
{
	(void)out, (void)err;
	s->identity.session_us = fault_us(args, "session_s", SECOND_US, s->identity.session_us);
	s->identity.reuse = fault_flag(args, "reuse", s->identity.reuse);
	return 0;
}

/* Of the session that is handed out now, nothing is kept: the next question gets another. */
static void set_handout(struct handout *h, const cJSON *args)
{
	free(h->key);
	free(h->role);
	*h = (struct handout){
		.role = take_text(args, "role"),
		.session_us = fault_us(args, "session_s", SECOND_US, 21600 * SECOND_US),
	};
	h->renew_us = fault_us(args, "renew_before_s", SECOND_US, h->session_us / 4);
}

int control_metadata(struct simulator *s, const cJSON *args, cJSON *out, struct error *err)
{
	static const char *const modes[] = {
		[METADATA_BOTH] = "both",
		[METADATA_TOKEN] = "token",
		[METADATA_NO_TOKEN] = "no-token",
	};
	const char *mode = fault_text(args, "mode", modes[METADATA_BOTH]);

	(void)out;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		if (text_equal(modes[i], mode)) {
			s->identity.mode = (enum metadata_mode)i;
			set_handout(&s->identity.metadata, args);
			return 0;
		}
	return error_set(err, EINVAL, "metadata: \"mode\" is both, token or no-token");
}

int control_uri(struct simulator *s, const cJSON *args, cJSON *out, struct error *err)
{
	(void)out, (void)err;
	set_handout(&s->identity.uri, args);
	return 0;
}

cJSON *control_sessions_state(const struct simulator *s)
{
	cJSON *list = cJSON_CreateArray();

	for (const struct key *k = s->auth.keys; k; k = k->next) {
		char expires[STAMP_SIZE];
		cJSON *o;

		if (!k->role)
			continue;
		o = cJSON_CreateObject();
		stamp_print(k->expires_us, STAMP_SECOND, expires);
		cJSON_AddStringToObject(o, "id", k->id);
		cJSON_AddStringToObject(o, "arn", k->arn);
		cJSON_AddStringToObject(o, "expires", expires);
		cJSON_AddBoolToObject(o, "expired", k->expired);
		cJSON_AddItemToArray(list, o);
	}
	return list;
}
