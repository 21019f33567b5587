/* Builds requests for sessions. */
#include "cloud/sts.h"

#include "base/memory.h"
#include "time/civil.h"

#include <stdio.h>

#define FORM_MAX 8

struct form {
	struct sign_pair params[FORM_MAX];
	size_t count;
	char duration[24];
};

int sts_endpoint(
	const char *given, const char *region, bool vpc, struct endpoint *ret, struct error *err)
{
	const char *override = provider_env("RETAIND_STS_ENDPOINT");
	const char *named = provider_env("ALIBABA_CLOUD_STS_REGION");

	if (named)
		region = named;
	else if (!vpc)
		region = NULL;
	vpc |= provider_env_is_true("ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED");
	return endpoint_resolve_sts(
		override ? override : given, region, vpc && region && *region, ret, err);
}

static void add(struct form *f, const char *name, const char *value)
{
	if (value)
		f->params[f->count++] = (struct sign_pair){name, value};
}

/* The parameters that both actions have in common. */
static void begin(struct form *f, const struct role *role)
{
	*f = (struct form){0};
	(void)snprintf(f->duration, sizeof(f->duration), "%lld", (long long)role->duration_s);
	add(f, "RoleArn", role->arn);
	add(f, "RoleSessionName", role->session_name);
	add(f, "DurationSeconds", f->duration);
	add(f, "Policy", role->policy);
}

void sts_assume_role(const struct endpoint *e, const struct role *role, const struct keys *keys,
	int64_t now_s, struct request *ret)
{
	_cleanup_free_ char *body = NULL;
	char nonce[REQUEST_NONCE_SIZE];
	struct form form;

	begin(&form, role);
	add(&form, "ExternalId", role->external_id);
	body = sign_canonical_query(form.params, form.count);
	request_nonce(nonce);
	request_build(&(struct request_input){.endpoint = e,
			      .action = "AssumeRole",
			      .version = STS_VERSION,
			      .method = "POST",
			      .query = "",
			      .form = body,
			      .keys = keys,
			      .now_s = now_s,
			      .nonce = nonce},
		ret);
}

void sts_assume_role_with_oidc(const struct endpoint *e, const struct role *role,
	const char *provider, const char *token, int64_t now_s, struct request *ret)
{
	char date[CIVIL_TEXT_SIZE];
	struct form form;
	_cleanup_free_ char *query = NULL;

	begin(&form, role);
	add(&form, "OIDCProviderArn", provider);
	add(&form, "OIDCToken", token);
	civil_format_utc(now_s, date);
	query = sign_canonical_query(
		(struct sign_pair[]){{"Action", "AssumeRoleWithOIDC"}, {"Format", "JSON"},
			{"Timestamp", date}, {"Version", STS_VERSION}},
		4);
	*ret = (struct request){0};
	ret->url = xasprintf("%s://%s/?%s", e->tls ? "https" : "http", e->host, query);
	ret->body = sign_canonical_query(form.params, form.count);
	ret->headers[0] = xasprintf("host: %s", e->host);
	ret->headers[1] = xstrdup("accept: application/json");
	ret->headers[2] = xstrdup("content-type: " REQUEST_FORM);
	ret->headers[3] = xstrdup("user-agent: retaind/" RETAIND_VERSION);
}
