/* Serves one page by HTTP: GET and HEAD of /metrics, from the event loop, without threads. */
#pragma once

#include "base/error.h"
#include "base/text.h"

#include <systemd/sd-event.h>

struct webserver;

/* Listens on `address` (for address_parse()). `page` writes the body of each answer. */
int webserver_new(sd_event *event, const char *address, void (*page)(void *data, struct text *out),
	void *data, struct webserver **ret, struct error *err);
void webserver_free(struct webserver *h); /* accepts NULL */
