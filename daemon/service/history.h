/* Lines of the history as JSON. */
#pragma once

#include "service/service.h"
#include "store/store.h"

/* Appends {"entries": [...]}, newest first. */
int history_json(struct service *service, const struct history_query *q, struct text *out,
	struct error *err);
