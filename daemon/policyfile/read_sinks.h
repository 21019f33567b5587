/* Reads the sinks of `notify`. */
#pragma once

#include "policyfile/loader.h"

/* `secret_file: none`: the robot goes by keywords or addresses, and has no signature. */
#define SINK_NO_SECRET "none"

void read_sinks(struct loader *l, const struct node *root, struct policyfile *ret);
void sink_free(struct sink *s); /* accepts NULL */
