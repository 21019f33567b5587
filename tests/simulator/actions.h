/* The API actions. */
#pragma once

#include "call.h"

/* Finds the action, checks version, method and scheme, and runs it: c->body and c->status are set.
 */
void actions_run(struct call *c);
/* Names of the parameters that the action does not declare, as an array. */
cJSON *actions_undeclared(const struct call *c);

/* One each, in backups.c, deletes.c and clusters.c. */
void action_create_backup(struct call *c);
void action_delete_backups(struct call *c);
void action_describe_backups(struct call *c);
void action_describe_backup_policy(struct call *c);
void action_modify_backup_policy(struct call *c);
void action_describe_clusters(struct call *c);
void action_describe_cluster(struct call *c);

/* The cluster of DBClusterId (and RegionId, if given); NULL after refusing. */
struct cluster *action_cluster(struct call *c);
/* PageSize and PageNumber; false after refusing. */
bool action_page(struct call *c, int64_t *ret_size, int64_t *ret_number);
