/* The control URL: JSON in, JSON out, unsigned. README.md lists the commands. */
#pragma once

#include "request.h"
#include "simulator.h"

/* Answers POST /_control and GET /_control/{log,state,clock}. */
void control_answer(struct simulator *s, const struct request *r, struct reply *ret);

/* One command. -EINVAL with what is wrong. `out` gets members of the answer. */
int control_run(struct simulator *s, const cJSON *command, cJSON *out, struct error *err);
/* The same, from its text. */
int control_run_text(struct simulator *s, const char *json, cJSON *out, struct error *err);

typedef int control_command(struct simulator *s, const cJSON *args, cJSON *out, struct error *err);

/* In controlsets.c. */
control_command control_cluster, control_fleet, control_seed, control_add_set, control_edit_set,
	control_remove_set, control_finish;
/* Everything about every set, hidden details included. */
cJSON *control_clusters_state(struct simulator *s, int64_t now_us);

/* In controlidentity.c. */
control_command control_role, control_oidc, control_sts, control_metadata, control_uri;
/* Sessions that STS, the metadata service and the credentials URI gave, the newest first. */
cJSON *control_sessions_state(const struct simulator *s);
