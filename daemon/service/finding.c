/* What the doctor finds, and what to do about it. */
#include "service/finding.h"

#include "base/text.h"
#include "cloud/error_code.h"

#include <stdarg.h>
#include <stdio.h>

void finding_add(struct jsonwriter *w, const char *check, const char *about,
	enum finding_state state, const char *remedy, const char *format, ...)
{
	static const char *const names[] = {
		[FINDING_WELL] = "well",
		[FINDING_UNKNOWN] = "unknown",
		[FINDING_WARNING] = "warning",
		[FINDING_BAD] = "bad",
	};
	_cleanup_free_ char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		abort();
	va_end(args);
	json_object_begin(w, NULL);
	json_string(w, "check", check);
	json_string(w, "about", about);
	json_string(w, "state", names[state]);
	json_string(w, "text", text);
	json_string(w, "remedy", remedy);
	json_object_end(w);
}

/* Codes by how they begin: those of our own (cloud/http.h, cycle/answer.h), then those of the
 * service's pages of error codes. */
enum trouble { TROUBLE_NETWORK, TROUBLE_LOGIN, TROUBLE_PERMISSION, TROUBLE_OTHER };

static const struct {
	const char *code;
	enum trouble trouble;
	const char *remedy;
} known[] = {
	{"Resolve", TROUBLE_NETWORK,
		"see whether /etc/resolv.conf is right and the region is spelt well; inside a "
		"network without names, give the account an endpoint"},
	{"Connect", TROUBLE_NETWORK,
		"let the firewall pass TCP port 443, or set https_proxy for the service; in a VPC "
		"without a way out, give the account `network: vpc`"},
	{"Timeout", TROUBLE_NETWORK,
		"see whether the name servers of /etc/resolv.conf answer; let the firewall pass "
		"TCP port 443, or set https_proxy for the service; in a VPC "
		"without a way out, give the account `network: vpc`"},
	{"Connection", TROUBLE_NETWORK,
		"see what ends the connection on the way: a firewall, a proxy"},
	{"Proxy", TROUBLE_NETWORK,
		"see what the proxy refuses, in its log: the host, or a login that https_proxy "
		"lacks"},
	{"Tls", TROUBLE_NETWORK,
		"install the distribution's ca-certificates; behind a proxy that opens TLS, give "
		"the "
		"account its authority as ca_file"},
	{"BadReply", TROUBLE_NETWORK,
		"see what answers in place of the service: a portal that wants a login, a proxy"},
	{"Endpoint", TROUBLE_NETWORK, "correct the account's endpoint, or the cluster's region"},
	{"Credentials", TROUBLE_LOGIN, "give the service keys: retaind(8) lists where they may be"},
	{"InvalidAccessKeyId", TROUBLE_LOGIN,
		"the key was deleted or disabled: put another in its place"},
	{"SignatureDoesNotMatch", TROUBLE_LOGIN,
		"the secret is not that of the key: put both in again"},
	{"InvalidSecurityToken", TROUBLE_LOGIN,
		"the session has ended: put a new one in its place"},
	{"MissingSecurityToken", TROUBLE_LOGIN,
		"the keys are those of a session: put its token beside them"},
	{"InvalidTimeStamp", TROUBLE_LOGIN, "set the clock: timedatectl set-ntp true"},
	{"NoPermission", TROUBLE_PERMISSION,
		"grant what ram-policy.json of the documentation lists, and see that no session "
		"policy takes it away"},
	{"Forbidden", TROUBLE_PERMISSION,
		"grant what ram-policy.json of the documentation lists, and see that no session "
		"policy takes it away"},
	{"Unauthorized", TROUBLE_PERMISSION,
		"grant what ram-policy.json of the documentation lists, and see that no session "
		"policy takes it away"},
	{"InvalidDBCluster", TROUBLE_OTHER,
		"correct the cluster's id or region, or its account: it is not among that one's "
		"clusters"},
	{"BackupTimesExceeded", TROUBLE_OTHER,
		"wait until the quota has room again; sets that people made by hand count, too"},
	{"Exceeded.BackupTimes", TROUBLE_OTHER,
		"wait until the quota has room again; sets that people made by hand count, too"},
	{"Throttling", TROUBLE_OTHER,
		"others use the account's quota too: lower the account's `rate`, or try again"},
};

/* -1: it is none of them. */
static int find(const struct answer *a)
{
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (text_starts(a->code, known[i].code))
			return (int)i;
	return -1;
}

static bool is(const struct answer *a, enum trouble trouble)
{
	int i = a->kind == ANSWER_OK ? -1 : find(a);

	return i >= 0 && known[i].trouble == trouble;
}

bool finding_reached(const struct answer *a)
{
	return a->http_status != 0 && !is(a, TROUBLE_NETWORK);
}

bool finding_is_login(const struct answer *a)
{
	return is(a, TROUBLE_LOGIN);
}

bool finding_is_permission(const struct answer *a)
{
	return is(a, TROUBLE_PERMISSION);
}

const char *finding_remedy(const struct answer *a)
{
	const struct error_code *code = error_code_find(a->code);
	int i = find(a);

	if (i >= 0)
		return known[i].remedy;
	if (code->transient)
		return "nothing: it passes by itself, and the call is made again";
	if (code->about == ABOUT_CLUSTER)
		return "see in the console whether the cluster is in order, and of the edition "
		       "that the policy says";
	return "try again; if it stays, ask the cloud's support";
}
