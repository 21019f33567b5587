/* Lines of the history as JSON. */
#pragma once

#include "service/manager.h"

/* Appends {"entries": [...]}, newest first. */
int history_json(
	struct manager *m, const struct history_query *q, struct text *out, struct error *err);
