/* What a person has done to one cluster: backup and prune. */
#pragma once

#include "ctl/online.h"

/* One such command. Its method answers with an outcome (done, begun, refused, failed or held), with
 * a text that says why, and with what it did. */
struct act {
	const char *method;
	const char *until; /* what is waited for: "it is complete" */
	bool keeps;        /* takes --keep-until and --reason */
	void (*add_result)(struct text *out, const cJSON *parameters); /* after "done" */
};

#define ACT_USAGE "CLUSTER [--wait [--timeout DURATION]] [--json] [--socket PATH]"

/* Runs the command. CTL_WELL if it is done, or without --wait has begun; else the cause is told. */
int act_run(const struct command *self, const struct act *act, int argc, char **argv);
