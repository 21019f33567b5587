/* Which time it is (S5, S6). Three clocks are compared: our wall clock, which people set; the
 * service's, which comes as the Date of each answer and which sets are dated by; CLOCK_BOOTTIME,
 * which nobody can set. */
#pragma once

#include "cycle/effect.h"

#define CLOCK_SLACK_S 300 /* clocks that differ by no more agree */

struct clock {
	int64_t started_boot_s;     /* when this cycle began */
	struct moment anchor;       /* when ours and the service's last agreed; boot_s < 0: never */
	struct moment last_listing; /* when the last complete listing ended; boot_s < 0: never */
	int64_t since_last_s;   /* between the last two complete listings; 0 if it is not known, or
				 * the clock was in doubt at either of them */
	bool since_earlier_run; /* ... and the first of the two was an earlier run's */
	bool last_doubted;      /* the clock was in doubt at the last complete listing */
	int64_t skew_s;         /* the service's clock - clock_now(); 0 if it is not known */
	int64_t seen_skew_s;    /* the same, by the last answer alone */
	bool seen_known;
	int listings_unsure; /* complete listings before it was known which clock to go by */
	const char *doubt;   /* interned; about the listing under way, or the last one; "" none */
};

void clock_init(struct clock *k, struct moment now);
void clock_done(struct clock *k);

/* The time to go by: our wall clock, unless it left the time that both clocks agreed on; then that
 * time, carried on by CLOCK_BOOTTIME. */
int64_t clock_now(const struct clock *k, struct moment now);
/* What the service's clock says now, as far as we know. */
int64_t clock_server_now(const struct clock *k, struct moment now);
/* The same, by the last answer alone, which may have lied. */
int64_t clock_last_told(const struct clock *k, struct moment now);
/* The earliest and the latest time that any of the clocks says. */
void clock_range(
	const struct clock *k, struct moment now, int64_t *ret_first_s, int64_t *ret_last_s);
/* True once it is known which clock to go by. */
bool clock_is_settled(const struct clock *k);

/* Takes the Date of an answer in; 0: it had none. */
void clock_saw(struct clock *k, struct moment now, int64_t server_s);
/* A listing begins anew: a doubt of the clock lasts until then. */
void clock_begin_listing(struct clock *k);
/* A complete listing ends now. `listed_s`: our clock at the last complete one, by an earlier run,
 * too; 0 never. `dates_missing`: a page came without a Date. */
void clock_end_listing(struct clock *k, struct moment now, int64_t listed_s, bool dates_missing);
