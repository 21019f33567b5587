/* The commands of retainctl: what each of them is, and what all of them share.
 *
 * A new command is a file that defines a `struct command`, and a line in the table of main.c. */
#pragma once

#include "base/text.h"

enum {
	CTL_WELL = 0,
	CTL_FAILED = 1,
	CTL_USAGE = 2,
};

struct command {
	const char *name;
	const char *usage;   /* what follows the name, one line: "FILE..." */
	const char *summary; /* one line, for the list of commands; NULL: not listed */
	const char *help;    /* the options and a few sentences, for `retainctl help NAME` */
	int (*run)(const struct command *self, int argc,
		char **argv); /* argv[0] is the name; an exit code */
};

extern const struct command command_check;
extern const struct command command_show;
extern const struct command command_evaluate;
extern const struct command command_calendar;
extern const struct command command_forecast;
extern const struct command command_diff;
extern const struct command command_status;
extern const struct command command_plan;
extern const struct command command_sets;
extern const struct command command_approve;
extern const struct command command_backup;
extern const struct command command_prune;
extern const struct command command_hold;
extern const struct command command_release;
extern const struct command command_protect;
extern const struct command command_unprotect;
extern const struct command command_restore;
extern const struct command command_proved;
extern const struct command command_history;
extern const struct command command_health;
extern const struct command command_doctor;
extern const struct command command_report;
extern const struct command command_notify;
extern const struct command command_record;
extern const struct command command_reload;
extern const struct command command_complete;

struct option_values;

struct option {
	const char *name;             /* "json", written --json */
	char letter;                  /* 'n', written -n; 0 for none */
	bool *flag;                   /* an option without a value: set to true ... */
	const char **value;           /* ... or one with a value: borrowed from argv */
	struct option_values *values; /* ... or one that may be given several times */
};

struct option_values {
	const char **list; /* owned array of borrowed strings */
	size_t count, capacity;
};
static inline void option_values_done(struct option_values *v)
{
	free(v->list);
}

/* Reads the options wherever they stand up to "--" (--name VALUE, --name=VALUE, -n VALUE, -nVALUE;
 * "-" alone is an operand), and moves the operands to argv[1] and on. Returns how many operands
 * there are, or -1 after telling what is wrong. */
int command_options(const struct command *self, int argc, char **argv, const struct option *options,
	size_t count);

/* "retainctl check: TEXT", the usage line; returns CTL_USAGE. */
int command_usage(const struct command *self, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* "retainctl: TEXT"; returns CTL_FAILED. */
int command_failed(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Appends a word of a command that somebody may paste into a shell: as it is if it has but letters,
 * digits and "._/:@%+,=-", else in quotes. What begins with '-' follows "-- ". */
void command_add_word(struct text *out, const char *word);

/* Writes to standard output; main() finds out whether that worked. */
void command_output(const struct text *t);
