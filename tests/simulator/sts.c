/* AssumeRole, AssumeRoleWithOIDC and GetCallerIdentity. */
#include "sts.h"

#include "base/digest.h"

#include <inttypes.h>

#define LEAST_S 900
#define MOST_S 43200
#define POLICY_MAX 2048
#define OIDC_TOKEN_LEAST 4
#define OIDC_TOKEN_MOST 20000

static void refuse_parameter(struct call *c, const char *name)
{
	_cleanup_free_ char *code = xasprintf("InvalidParameter.%s", name);

	call_refuse(c, 400, code, "The parameter %s is wrongly formed.", name);
}

static bool is_session_name(const char *s)
{
	size_t length = s ? strlen(s) : 0;

	return length >= 2 && length <= 64 &&
		strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.@_-") ==
		length;
}

/* acs:ram::DIGITS:role/NAME */
static bool is_role_arn(const char *s)
{
	const char *rest = s && text_starts(s, "acs:ram::") ? s + strlen("acs:ram::") : "";
	size_t digits = strspn(rest, "0123456789");

	return digits > 0 && text_starts(rest + digits, ":role/") &&
		rest[digits + strlen(":role/")] != '\0';
}

static bool is_json_object(const char *s)
{
	cJSON *json = cJSON_ParseWithOpts(s, NULL, true);
	bool is = cJSON_IsObject(json);

	cJSON_Delete(json);
	return is;
}

/* False after refusing. `max_s` is not known yet. */
static bool read_grant(struct call *c, struct grant *ret)
{
	int64_t duration_s;

	*ret = (struct grant){.role = call_param(c, "RoleArn"),
		.name = call_param(c, "RoleSessionName"),
		.policy = call_param(c, "Policy")};
	if (!is_role_arn(ret->role))
		refuse_parameter(c, "RoleArn");
	else if (!is_session_name(ret->name))
		refuse_parameter(c, "RoleSessionName");
	else if (!call_number(c, "DurationSeconds", LEAST_S, MOST_S, 3600, &duration_s))
		refuse_parameter(c, "DurationSeconds");
	else if (ret->policy && strlen(ret->policy) > POLICY_MAX)
		refuse_parameter(c, "PolicySize");
	else if (ret->policy && !is_json_object(ret->policy))
		refuse_parameter(c, "PolicyGrammar");
	else {
		ret->duration_s = duration_s;
		return true;
	}
	return false;
}

/* The role, if it is there and lets its sessions last that long; NULL after refusing. */
static const struct role *find_role(struct call *c, const struct grant *g)
{
	const struct role *r = identity_role(&c->sim->identity, g->role);

	if (!r)
		call_refuse(c, 404, "EntityNotExist.Role", "The role not exists: %s.", g->role);
	else if (g->duration_s > r->max_session_s)
		refuse_parameter(c, "DurationSeconds");
	else
		return r;
	return NULL;
}

static bool trusts(const struct role *r, const struct key *k)
{
	const cJSON *who;

	cJSON_ArrayForEach (who, r->trust)
		if (text_equal(cJSON_GetStringValue(who), k->id) ||
			text_equal(cJSON_GetStringValue(who), k->role))
			return true;
	return !r->trust;
}

/* A stable number of twenty digits' kind. */
static char *entity_id(const char *arn)
{
	return xasprintf("3%017" PRIu64, digest_fnv1a(arn) % 100000000000000000u);
}

static void answer_session(struct call *c, const struct grant *g)
{
	const struct key *k = identity_session(&c->sim->identity, &c->sim->auth, g, c->now_us);
	_cleanup_free_ char *role_id = entity_id(g->role);
	_cleanup_free_ char *id = xasprintf("%s:%s", role_id, g->name);
	_cleanup_free_ char *arn = xasprintf("%s/%s", g->role, g->name);
	char expires[STAMP_SIZE];
	cJSON *body = call_accept(c), *part;

	stamp_print(k->expires_us, STAMP_SECOND, expires);
	part = cJSON_AddObjectToObject(body, "AssumedRoleUser");
	cJSON_AddStringToObject(part, "AssumedRoleId", id);
	cJSON_AddStringToObject(part, "Arn", arn);
	part = cJSON_AddObjectToObject(body, "Credentials");
	cJSON_AddStringToObject(part, "SecurityToken", k->token);
	cJSON_AddStringToObject(part, "Expiration", expires);
	cJSON_AddStringToObject(part, "AccessKeySecret", k->secret);
	cJSON_AddStringToObject(part, "AccessKeyId", k->id);
	c->issued = xstrdup(k->id);
}

static void assume_role(struct call *c)
{
	const struct key *caller = auth_key(&c->sim->auth, c->key);
	const char *external_id = call_param(c, "ExternalId");
	const struct role *r;
	struct grant g;

	if (!read_grant(c, &g))
		return;
	if (external_id && (strlen(external_id) < 2 || strlen(external_id) > 1224)) {
		refuse_parameter(c, "ExternalId");
		return;
	}
	r = find_role(c, &g);
	if (!r)
		return;
	if (!caller || !trusts(r, caller) ||
		(r->external_id && !text_equal(r->external_id, external_id))) {
		call_refuse(c, 403, "NoPermission",
			"You are not authorized to do this action. You should be authorized by "
			"RAM.");
		return;
	}
	answer_session(c, &g);
}

static void add_token_info(struct call *c, const char *provider)
{
	cJSON *info = cJSON_AddObjectToObject(c->body, "OIDCTokenInfo");

	cJSON_AddStringToObject(info, "Subject", "system:serviceaccount:test:retaind");
	cJSON_AddStringToObject(info, "Issuer", provider);
	cJSON_AddStringToObject(info, "ClientIds", "sts.aliyuncs.com");
	cJSON_AddStringToObject(info, "VerificationInfo", "Success");
}

static void assume_role_with_oidc(struct call *c)
{
	const char *provider = call_param(c, "OIDCProviderArn"),
		   *token = call_param(c, "OIDCToken");
	size_t length = token ? strlen(token) : 0;
	const struct role *r;
	struct grant g;
	int good;

	if (!provider) {
		refuse_parameter(c, "OIDCProviderArn");
		return;
	}
	if (length < OIDC_TOKEN_LEAST || length > OIDC_TOKEN_MOST) {
		refuse_parameter(c, "OIDCToken");
		return;
	}
	if (!read_grant(c, &g) || !(r = find_role(c, &g)))
		return;
	good = identity_token(&c->sim->identity, provider, token, c->now_us);
	if (good < 0) {
		call_refuse(c, 400, "AuthenticationFail.OIDCToken.Invalid",
			"This JWT Token is invalid.");
	} else if (good == 0) {
		call_refuse(c, 400, "AuthenticationFail.OIDCToken.Expired",
			"This JWT Token has already expired.");
	} else if (!text_equal(r->oidc_provider, provider)) {
		call_refuse(c, 403, "AuthenticationFail.NoPermission",
			"This operation is forbidden by permission system.");
	} else {
		answer_session(c, &g);
		add_token_info(c, provider);
	}
}

static void add_principal(cJSON *body, const struct key *k)
{
	_cleanup_free_ char *id = entity_id(k->role ? k->role : k->arn);
	const char *name = strrchr(k->arn, '/');
	_cleanup_free_ char *session = xasprintf("%s:%s", id, name ? name + 1 : "");

	cJSON_AddStringToObject(body, "PrincipalId", k->role ? session : id);
	cJSON_AddStringToObject(body, k->role ? "RoleId" : "UserId", id);
}

static void get_caller_identity(struct call *c)
{
	const struct key *k = auth_key(&c->sim->auth, c->key);
	const char *account = k->arn + strlen("acs:ram::");
	_cleanup_free_ char *digits = xstrndup(account, strspn(account, "0123456789"));
	cJSON *body = call_accept(c);

	cJSON_AddStringToObject(body, "IdentityType",
		k->role                           ? "AssumedRoleUser"
			: strstr(k->arn, ":root") ? "Account"
						  : "RAMUser");
	cJSON_AddStringToObject(body, "AccountId", digits);
	cJSON_AddStringToObject(body, "Arn", k->arn);
	add_principal(body, k);
}

static const struct action {
	const char *name;
	void (*run)(struct call *c);
	const char *declared;
} actions[] = {
	{"AssumeRole", assume_role,
		" RoleArn RoleSessionName DurationSeconds Policy ExternalId SourceIdentity "},
	{"AssumeRoleWithOIDC", assume_role_with_oidc,
		" OIDCProviderArn OIDCToken RoleArn RoleSessionName DurationSeconds Policy "},
	{"GetCallerIdentity", get_caller_identity, " "},
};

static const struct action *find_action(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		if (text_equal(actions[i].name, name))
			return &actions[i];
	return NULL;
}

const char *sts_declared(const char *action)
{
	const struct action *a = find_action(action);

	return a ? a->declared : NULL;
}

bool sts_is_unsigned(const struct call *c)
{
	return text_equal(c->version, STS_VERSION) && text_equal(c->action, "AssumeRoleWithOIDC");
}

void sts_run(struct call *c)
{
	const struct action *a = find_action(c->action);

	if (!a || strcspn(c->request->target, "?") != 1)
		call_refuse(c, switch_number(&c->sim->switches, SW_UNKNOWN_ACTION_STATUS),
			"InvalidAction.NotFound",
			"Specified api is not found, please check your url and method.");
	else if (!text_equal(c->request->method, "GET") && !text_equal(c->request->method, "POST"))
		call_refuse(c, 400, "UnsupportedHTTPMethod", "This http method is not supported.");
	else
		a->run(c);
}
