/* Reads the URL and the secret of a sink from their files. */
#pragma once

#include "base/error.h"
#include "policyfile/policyfile.h"

/* The caller wipes both, also after an error; *secret stays as it is if the sink has none. The URL
 * may be used. Errors name the file, and quote nothing of it (S9). */
int sink_files_read(const struct sink *given, char **url, char **secret, struct error *err);
