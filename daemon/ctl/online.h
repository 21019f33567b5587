/* What the commands that speak to the daemon share. */
#pragma once

#include "base/jsonwriter.h"
#include "ctl/command.h"
#include "ctl/connection.h"
#include "ctl/table.h"
#include "time/zone.h"

#define ONLINE_OUTPUT_MAX (1024 * 1024 * 1024)

/* Of a command that shows a table. */
#define ONLINE_SCREEN_OPTIONS(o)                          \
	{.name = "wide", .flag = &(o).wide},              \
	{                                                 \
		.name = "no-pager", .flag = &(o).no_pager \
	}
#define ONLINE_SCREEN_HELP                                                 \
	"      --wide         whole cells, however wide the terminal is\n" \
	"      --no-pager     all at once, also if it is longer than the screen\n"

/* The help that every such command ends with. */
#define ONLINE_HELP \
	"      --socket PATH  of the daemon; default $RETAIND_SOCKET, or " CONNECTION_SOCKET "\n"
/* ... where the options above it are longer. */
#define ONLINE_WIDE_HELP                                                                         \
	"      --socket PATH      of the daemon; default $RETAIND_SOCKET, or " CONNECTION_SOCKET \
	"\n"

struct online {
	const char *socket; /* --socket */
	bool json;          /* --json */
	bool wait;          /* --wait */
	bool wide;          /* --wide */
	bool no_pager;      /* --no-pager */
	int64_t timeout_s;  /* until a call is given up; 0: CONNECTION_ANSWER_S */
	/* Called with the daemon's status every few seconds of such a call; may be NULL. */
	void (*on_silence)(const cJSON *status, void *data);
	void *data;
};

/* The end of a noun, and of its verb: "1 set counts", "2 sets count". */
static inline const char *online_plural(int64_t count)
{
	return count == 1 ? "" : "s";
}
static inline const char *online_plural_verb(int64_t count)
{
	return count == 1 ? "s" : "";
}

/* Calls a method. With a timeout of its own the call may take that long, as long as the daemon
 * answers others meanwhile. Errors as of connection_call(); -ETIME after timeout_s. */
int online_ask(const struct online *o, const char *method, const char *parameters,
	struct reply *ret, struct error *err);

/* Calls a method with the object that `parameters` holds (NULL: {}), and tells if that did not work
 * or the reply is an error. An exit code; *ret is to be released by reply_done() whatever it is. */
int online_call(const struct online *o, const char *method, const struct text *parameters,
	struct reply *ret);
/* The same for a method about one cluster, by id or name; NULL: about all. */
int online_call_for(
	const struct online *o, const char *method, const char *cluster, struct reply *ret);
/* Asks for the plan of `cluster`, or, if that is NULL, of all clusters one by one, since those of
 * thousands are too much for one reply; calls `take` with each that there is. *ret_missing:
 * how many clusters have none, since they have not been listed. An exit code. */
int online_plans(const struct online *o, const char *cluster,
	void (*take)(const cJSON *plan, void *data), void *data, size_t *ret_missing);
/* The line for people of a reply that is an error. Owned by the caller. */
char *online_error_text(const struct reply *r);

/* Prints a value of the reply as JSON. */
void online_print_json(const cJSON *value);

/* A string, a number or nothing, of an object of the reply. */
const char *online_string(const cJSON *object, const char *key); /* "" if absent; borrowed */
int64_t online_int(const cJSON *object, const char *key);        /* 0 if absent */

/* The zone of this name; UTC if it cannot be read here. Owned by the caller. */
struct zone *online_zone(const char *name);
/* An instant of the reply as local time; `none` if there is none. */
void online_time(const cJSON *object, const char *key, const struct zone *z, const char *none,
	char ret[CIVIL_TEXT_SIZE]);

/* files_add_seconds() of the members "second_since" and "second_after" of a cluster or a plan.
 * False if no second can be restored, or if it is not known. */
bool online_add_seconds(struct text *out, const cJSON *object, const struct zone *z);

/* A cell, a part of a line: control characters are not let through to the terminal. */
void online_add_cell(struct table *t, enum paint paint, const char *text);
void online_add_text(struct text *out, const char *text);

/* "orders (amv-1)", or "amv-1" if that is its name. */
void online_add_cluster(struct text *out, const cJSON *cluster);
/* "held (approval): why", a line for each. */
void online_add_holds(struct text *out, const char *indent, const cJSON *holds);

static inline void zone_freep(struct zone **z)
{
	zone_free(*z);
}
