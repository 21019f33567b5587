/* What the methods of the control socket share. For control*.c alone. */
#pragma once

#include "service/asked.h"
#include "service/service.h"
#include "service/waits.h"

struct control {
	struct service *service;
	struct varlink_server *server;
	struct waits waits;
	struct doctor *doctor;           /* at work; NULL: none */
	struct recorder *recorder;       /* likewise */
	struct notify_test *notify_test; /* likewise */
};

#define DRY_RUN "this is a dry run: nothing is changed"

/* The cluster that a call names; NULL if there is none, and then the call has been answered. */
struct cluster *control_named(
	struct control *c, struct varlink_call *call, const cJSON *parameters);
void control_tell_asker(struct control *c, const struct varlink_call *call, const char *what,
	struct cluster *cluster, const char *plan);

/* control_orders.c */
void control_hold(struct varlink_call *call, const cJSON *parameters, void *data);
void control_release(struct varlink_call *call, const cJSON *parameters, void *data);
void control_proved(struct varlink_call *call, const cJSON *parameters, void *data);
void control_protect(struct varlink_call *call, const cJSON *parameters, void *data);
void control_unprotect(struct varlink_call *call, const cJSON *parameters, void *data);
/* `backup` with keep_until or a reason: the set that it makes is to be protected. False: it cannot
 * be, and then the call has been answered. True without them. */
bool control_keep(struct control *c, struct varlink_call *call, const cJSON *parameters,
	struct cluster *cluster);

/* control_notify.c */
void control_notify(struct varlink_call *call, const cJSON *parameters, void *data);
void control_notify_cancel(struct control *c, const char *why);
