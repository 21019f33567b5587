/* Builds requests for sessions of the Security Token Service. Source: the STS API pages of
 * 2015-04-01; parameters go into a form. */
#pragma once

#include "cloud/provider.h"
#include "cloud/request.h"

#define STS_VERSION "2015-04-01"

/* The first of: $RETAIND_STS_ENDPOINT, `given`, sts-vpc.REGION.aliyuncs.com with `vpc`,
 * sts.$ALIBABA_CLOUD_STS_REGION.aliyuncs.com (sts-vpc with
 * $ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED=true), sts.aliyuncs.com. REGION is the variable's, or else
 * `region`, which may be NULL. */
int sts_endpoint(
	const char *given, const char *region, bool vpc, struct endpoint *ret, struct error *err);

/* AssumeRole, signed with `keys` like any other call. */
void sts_assume_role(const struct endpoint *e, const struct role *role, const struct keys *keys,
	int64_t now_s, struct request *ret);

/* AssumeRoleWithOIDC, which is not signed: the token is the proof. */
void sts_assume_role_with_oidc(const struct endpoint *e, const struct role *role,
	const char *provider, const char *token, int64_t now_s, struct request *ret);
