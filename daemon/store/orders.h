/* The file of orders: what people told the daemon by command, and what only people, or an end that
 * they named, may undo: holds and protections. Plain lines beside the state file, written as a
 * whole and checked as a whole, so that losing state.db loses none of them (S15). A file that
 * cannot be read, or is gone, holds everything until a person says otherwise. */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum order_kind {
	ORDER_HOLD,    /* no deletes of a cluster, or of all */
	ORDER_PROTECT, /* one set is never deleted */
	ORDER_KEEP,    /* the set that the backup which a person now asked for will make: becomes an
			* ORDER_PROTECT when that set is known */
	ORDER_PROVED,  /* no order, but as little to be lost: a restore of the set was tried */
	ORDER_KIND_COUNT,
};

#define ORDER_NO_END INT64_MAX

/* At most one of a kind for each cluster and set. Texts have no control characters. */
struct order {
	enum order_kind kind;
	const char *cluster; /* DBClusterId; "" all, also those that join later (ORDER_HOLD) */
	const char *set;     /* ORDER_PROTECT, ORDER_PROVED; else "" */
	const char *by;      /* who ordered it */
	const char *reason;  /* "" none; ORDER_PROVED: who tried it */
	int64_t at_s;
	int64_t until_s; /* ORDER_NO_END */
};

struct orders;

/* The path of the file that belongs to a state file: in the same folder, "orders" instead of
 * "state.db", or before another name. Owned by the caller. */
char *orders_path(const char *state);

/* Makes an empty file if there is none. */
int orders_create(const char *path, struct error *err);

/* Reads the file. What is wrong with it is told by orders_trouble(); `missing_is_well`: that it is
 * not there is not wrong. */
struct orders *orders_open(const char *path, bool missing_is_well);
void orders_close(struct orders *o); /* accepts NULL */

/* Why the file cannot be used, in words for people; NULL if it can. */
const char *orders_trouble(const struct orders *o);
/* Moves a file with trouble aside (*ret_moved, owned by the caller; NULL: there was none) and
 * begins an empty one. */
int orders_begin_anew(struct orders *o, char **ret_moved, struct error *err);

/* If the file was removed or replaced since it was last read or written, writes what is known to
 * its place. *ret_told (owned by the caller) says so; NULL if all is in place. */
int orders_keep_in_place(struct orders *o, char **ret_told, struct error *err);

size_t orders_count(const struct orders *o);
/* Borrowed until the order is dropped or replaced. */
const struct order *orders_at(const struct orders *o, size_t i);
/* NULL: there is none. */
const struct order *orders_find(
	const struct orders *o, enum order_kind kind, const char *cluster, const char *set);

/* Both are on disk when they return 0; on an error nothing has changed. Texts are copied. -EINVAL:
 * a text cannot be written in a line. */
int orders_put(struct orders *o, const struct order *order, struct error *err);
int orders_drop(struct orders *o, const struct order *order, struct error *err);
/* Drops those that ended before `before_s`. */
int orders_drop_ended(struct orders *o, int64_t before_s, struct error *err);
/* An ORDER_KEEP has its set: it becomes an ORDER_PROTECT of it. */
int orders_settle(struct orders *o, const struct order *keep, const char *set, struct error *err);
