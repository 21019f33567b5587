/* From a message to a call, and from a call to its reply. */
#include "base/jsonwriter.h"
#include "service/varlink_internal.h"

#include <string.h>

#define SERVICE "org.varlink.service"
#define REPLY_MAX (1024 * 1024) /* of the replies made here */

static const char service_description[] =
	"# The Varlink service interface\n"
	"interface org.varlink.service\n\n"
	"method GetInfo() -> (vendor: string, product: string, version: string, url: string,"
	" interfaces: []string)\n\n"
	"method GetInterfaceDescription(interface: string) -> (description: string)\n\n"
	"error InterfaceNotFound (interface: string)\n"
	"error MethodNotFound (method: string)\n"
	"error MethodNotImplemented (method: string)\n"
	"error InvalidParameter (parameter: string)\n";

bool varlink_call_is_awaited(const struct varlink_call *call)
{
	return call->connection && !call->oneway;
}

void varlink_call_when_gone(struct varlink_call *call, void (*gone)(void *data), void *data)
{
	call->gone = gone;
	call->gone_data = data;
}

uid_t varlink_call_uid(const struct varlink_call *call)
{
	return call->uid;
}

pid_t varlink_call_pid(const struct varlink_call *call)
{
	return call->pid;
}

/* Ends the call; head is what stands before the parameters. */
static void answer(struct varlink_call *call, char *head, char *parameters)
{
	struct connection *c = call->connection;

	if (varlink_call_is_awaited(call) && parameters &&
		!connection_has_room(c, strlen(parameters))) {
		free(head);
		free(parameters);
		varlink_error_message(call, "Failed",
			"too many replies wait to be read: read them, or ask again in a minute");
		return;
	}
	if (varlink_call_is_awaited(call))
		connection_reply(c, head, parameters ? parameters : xstrdup("{}"));
	else {
		free(head);
		free(parameters);
		if (c)
			connection_reply(c, NULL, NULL);
	}
	free(call);
}

void varlink_reply(struct varlink_call *call, char *parameters)
{
	answer(call, xstrdup("{\"parameters\":"), parameters);
}

void varlink_error(struct varlink_call *call, const char *name, char *parameters)
{
	/* Without a connection the server may be gone, and nobody reads the name. */
	const char *interface = call->connection ? call->connection->server->o.interface : "";

	answer(call,
		strchr(name, '.')
			? xasprintf("{\"error\":\"%s\",\"parameters\":", name)
			: xasprintf("{\"error\":\"%s.%s\",\"parameters\":", interface, name),
		parameters);
}

static void error_with(
	struct varlink_call *call, const char *name, const char *key, const char *value)
{
	_cleanup_(text_done) struct text t = TEXT_INIT(REPLY_MAX);
	struct jsonwriter w = {.out = &t};

	json_object_begin(&w, NULL);
	json_string(&w, key, value);
	json_object_end(&w);
	varlink_error(call, name, t.full ? NULL : text_take(&t));
}

void varlink_error_message(struct varlink_call *call, const char *name, const char *message)
{
	error_with(call, name, "message", message);
}

void varlink_error_parameter(struct varlink_call *call, const char *parameter)
{
	error_with(call, SERVICE ".InvalidParameter", "parameter", parameter);
}

static void get_info(struct varlink_call *call, const cJSON *parameters, void *data)
{
	const struct varlink_options *o = data;
	_cleanup_(text_done) struct text t = TEXT_INIT(REPLY_MAX);
	struct jsonwriter w = {.out = &t};

	(void)parameters;
	json_object_begin(&w, NULL);
	json_string(&w, "vendor", o->vendor);
	json_string(&w, "product", o->product);
	json_string(&w, "version", o->version);
	json_string(&w, "url", o->url);
	json_array_begin(&w, "interfaces");
	json_string(&w, NULL, SERVICE);
	json_string(&w, NULL, o->interface);
	json_array_end(&w);
	json_object_end(&w);
	varlink_reply(call, text_take(&t));
}

static void get_description(struct varlink_call *call, const cJSON *parameters, void *data)
{
	const struct varlink_options *o = data;
	const char *interface = json_get_string(parameters, "interface");
	_cleanup_(text_done) struct text t = TEXT_INIT(REPLY_MAX);
	struct jsonwriter w = {.out = &t};

	if (strcmp(interface, SERVICE) != 0 && strcmp(interface, o->interface) != 0) {
		error_with(call, SERVICE ".InterfaceNotFound", "interface", interface);
		return;
	}
	json_object_begin(&w, NULL);
	json_string(&w, "description",
		strcmp(interface, SERVICE) == 0 ? service_description : o->description);
	json_object_end(&w);
	varlink_reply(call, text_take(&t));
}

static const struct varlink_method service_methods[] = {
	{.name = "GetInfo", .run = get_info},
	{.name = "GetInterfaceDescription",
		.parameters = {{"interface", VARLINK_STRING, false}},
		.run = get_description},
};

static bool has_type(const cJSON *value, enum varlink_type type)
{
	switch (type) {
	case VARLINK_STRING:
		return cJSON_IsString(value);
	case VARLINK_BOOL:
		return cJSON_IsBool(value);
	case VARLINK_INT:
		return cJSON_IsNumber(value) && value->valuedouble >= -0x1p53 &&
			value->valuedouble <= 0x1p53 &&
			value->valuedouble == (double)(int64_t)value->valuedouble;
	}
	return false;
}

/* The name of the first parameter that is missing, unknown or of another type; NULL if all is well.
 * Takes nulls out. */
static const char *check_parameters(const struct varlink_method *m, cJSON *parameters)
{
	cJSON *next;

	for (cJSON *value = parameters->child; value; value = next) {
		const struct varlink_parameter *p = m->parameters;
		next = value->next;
		while (p->name && strcmp(p->name, value->string) != 0)
			p++;
		if (!p->name)
			return value->string;
		if (p->optional && cJSON_IsNull(value))
			cJSON_Delete(cJSON_DetachItemViaPointer(parameters, value));
		else if (!has_type(value, p->type))
			return p->name;
	}
	for (const struct varlink_parameter *p = m->parameters; p->name; p++)
		if (!p->optional && !json_get(parameters, p->name))
			return p->name;
	return NULL;
}

static void run_method(struct varlink_call *call, const struct varlink_method *methods,
	size_t count, const char *full_name, cJSON *message, void *data)
{
	const char *name = strrchr(full_name, '.') + 1, *bad;
	_cleanup_(json_deletep) cJSON *parameters =
		cJSON_DetachItemFromObjectCaseSensitive(message, "parameters");
	size_t i = 0;

	while (i < count && strcmp(methods[i].name, name) != 0)
		i++;
	if (i == count) {
		error_with(call, SERVICE ".MethodNotFound", "method", full_name);
		return;
	}
	if (!parameters || cJSON_IsNull(parameters)) {
		cJSON_Delete(parameters);
		parameters = cJSON_CreateObject();
	}
	bad = cJSON_IsObject(parameters) ? check_parameters(&methods[i], parameters) : "parameters";
	if (bad)
		varlink_error_parameter(call, bad);
	else
		methods[i].run(call, parameters, data);
}

static void refuse(struct varlink_call *call)
{
	const char *group = call->connection->server->o.group;
	_cleanup_free_ char *text = xasprintf(
		"user id %u may not control this service: root, its own user%s%s may",
		(unsigned)call->uid, group ? " and members of the group " : "", group ? group : "");

	varlink_error_message(call, "NotPermitted", text);
}

static void route(struct varlink_call *call, cJSON *message)
{
	struct varlink_server *s = call->connection->server;
	const char *method = json_get_string(message, "method"), *dot = strrchr(method, '.');
	_cleanup_free_ char *interface = xstrndup(method, dot ? (size_t)(dot - method) : 0);

	if (!dot)
		error_with(call, SERVICE ".MethodNotFound", "method", method);
	else if (strcmp(interface, SERVICE) == 0)
		run_method(
			call, service_methods, ARRAY_SIZE(service_methods), method, message, &s->o);
	else if (strcmp(interface, s->o.interface) != 0)
		error_with(call, SERVICE ".InterfaceNotFound", "interface", interface);
	else if (!call->connection->permitted)
		refuse(call);
	else
		run_method(call, s->o.methods, s->o.method_count, method, message, s->o.data);
}

/* A message is an object with a method's name, and nothing in it that the protocol does not know.
 */
static bool is_call(const cJSON *message)
{
	static const char *const flags[] = {"oneway", "more", "upgrade"};
	const cJSON *member;
	size_t known = 0;

	if (!cJSON_IsObject(message) || !json_get_string(message, "method"))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		member = json_get(message, flags[i]);
		known += member != NULL;
		if (member && !cJSON_IsBool(member) && !cJSON_IsNull(member))
			return false;
	}
	known += 1u + (json_get(message, "parameters") != NULL);
	return known == (size_t)cJSON_GetArraySize(message);
}

bool message_dispatch(struct connection *c, const char *message, size_t length)
{
	_cleanup_(json_deletep) cJSON *root = NULL;
	struct varlink_call *call;
	bool oneway = false, more = false, upgrade = false;

	if (json_parse(message, length, &root, NULL) < 0 || !is_call(root))
		return false;
	(void)json_get_bool(root, "oneway", &oneway);
	(void)json_get_bool(root, "more", &more);
	(void)json_get_bool(root, "upgrade", &upgrade);
	/* L4: whoever gave up was told that it is not done, and shall not be surprised by it. */
	if (c->gone && !oneway)
		return true;
	call = xcalloc(1, sizeof(*call));
	*call = (struct varlink_call){
		.connection = c, .oneway = oneway, .uid = c->uid, .pid = c->pid};
	c->call = call;
	/* A client that says `more` takes several replies, but may be given a single one. */
	if (upgrade || (oneway && more))
		varlink_error_parameter(call, upgrade ? "upgrade" : "more");
	else
		route(call, root);
	return true;
}
