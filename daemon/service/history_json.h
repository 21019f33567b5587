/* The history as JSON. */
#pragma once

#include "service/service.h"
#include "store/history_db.h"

/* Appends {"entries": [...]}, newest first; without a history there are none. */
int history_json(struct service *service, const struct history_query *q, struct text *out,
	struct error *err);
