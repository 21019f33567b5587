/* Tells the sinks of `notify` what is so, by the one health that there is. */
#pragma once

#include "service/service.h"

struct telling;

/* Not in a dry run, which sends nothing but tests. */
struct telling *telling_new(struct service *service);
void telling_free(struct telling *t); /* accepts NULL */
