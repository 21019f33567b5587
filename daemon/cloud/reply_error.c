/* The error body that all actions have in common, and the RequestId of any reply. */
#include "base/json.h"
#include "base/text.h"
#include "cloud/redact.h"
#include "cloud/reply.h"

#include <string.h>
#include <strings.h>

/* The SDKs read both spellings. */
static const char *either(const cJSON *object, const char *name, const char *other)
{
	const char *s = json_get_string(object, name);

	return s ? s : json_get_string(object, other);
}

bool reply_code_is_success(const char *code)
{
	return strcmp(code, "200") == 0 || strcasecmp(code, "OK") == 0 ||
		strcasecmp(code, "Success") == 0;
}

bool reply_read_error(const cJSON *reply, const struct keys *keys, struct answer *ret)
{
	const char *code = either(reply, "Code", "code");
	const char *message = either(reply, "Message", "message");
	const char *request_id = either(reply, "RequestId", "requestId");

	if (!code || !*code || reply_code_is_success(code))
		return false;
	redact(code, keys, ret->code, sizeof(ret->code));
	redact(message ? message : "", keys, ret->message, sizeof(ret->message));
	redact(request_id ? request_id : "", keys, ret->request_id, sizeof(ret->request_id));
	return true;
}

bool reply_read_request_id(const cJSON *reply, const struct keys *keys, struct answer *ret)
{
	const char *request_id = either(reply, "RequestId", "requestId");

	if (!request_id || !*request_id)
		return false;
	redact(request_id, keys, ret->request_id, sizeof(ret->request_id));
	return true;
}
