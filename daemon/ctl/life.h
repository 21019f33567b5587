/* The life of one backup set, from the history and from today's plan. */
#pragma once

#include "ctl/online.h"

/* Prints it, in each cluster that knows a set of this id. An exit code. */
int life_show(const struct online *o, const char *cluster, const char *set);
