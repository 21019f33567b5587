/* The command line and the environment of retaind. */
#pragma once

#include "base/error.h"

#include <stdbool.h>

struct options {
	const char *config;   /* policy file */
	char state[4096];     /* state file */
	const char *socket;   /* control socket */
	const char *endpoint; /* $RETAIND_ENDPOINT, or NULL */
	const char *ca_file;  /* $RETAIND_CA_FILE, or NULL for the system's */
	bool once;
	bool dry_run;
	int log_level; /* most verbose syslog level that is written */
	bool finished; /* --help or --version was answered: exit with 0 */
};

/* 0; or -EINVAL with one line for people: exit with 2. */
int options_parse(int argc, char **argv, struct options *ret, struct error *err);
