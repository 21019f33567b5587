/* The methods of io.retaind: what the control socket offers, over the manager. */
#pragma once

#include "service/manager.h"

struct control;

/* Listens on the options' socket. Sets the manager's hooks. */
int control_new(struct manager *m, struct control **ret, struct error *err);
void control_free(struct control *c); /* accepts NULL; calls that wait get an error first */
bool control_is_busy(const struct control *c);
