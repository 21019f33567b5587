/* The methods of io.retaind: what the control socket offers, over the service. */
#pragma once

#include "service/service.h"

struct control;

/* Listens on the options' socket. Sets the context's hooks. */
int control_new(struct service *service, struct control **ret, struct error *err);
void control_free(struct control *c); /* accepts NULL; calls that wait get an error first */
bool control_is_busy(const struct control *c);
