/* What the methods of the control socket share. */
#include "service/control_internal.h"

static void unknown_cluster(struct varlink_call *call, struct service *service, const char *given)
{
	const char **names = xcalloc(2 * service->fleet.count + 1, sizeof(*names));
	struct text t = TEXT_INIT(4096);
	struct jsonwriter w = {.out = &t};

	for (size_t i = 0; i < service->fleet.count; i++) {
		names[2 * i] = service->fleet.clusters[i]->policy->name;
		names[2 * i + 1] = service->fleet.clusters[i]->policy->cluster;
	}
	json_object_begin(&w, NULL);
	json_string(&w, "cluster", given);
	json_string(&w, "nearest", text_nearest(given, names));
	json_object_end(&w);
	varlink_error(call, "UnknownCluster", text_take(&t));
	free(names);
}

struct cluster *control_named(struct control *c, struct varlink_call *call, const cJSON *parameters)
{
	const char *name = json_get_string(parameters, "cluster");
	struct cluster *found = fleet_find(&c->service->fleet, name);

	if (!found)
		unknown_cluster(call, c->service, name);
	return found;
}

void control_tell_asker(struct control *c, const struct varlink_call *call, const char *what,
	struct cluster *cluster, const char *plan)
{
	const struct asker who = {varlink_call_uid(call), varlink_call_pid(call)};

	asked_tell(&c->service->context, &who, what, cluster, plan);
}
