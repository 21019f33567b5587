/* Schedules that are written as cron has them, by people who are used to it. */
#pragma once

/* What "0 2 * * *" or "@daily" is as a calendar expression ("*-*-* 02:00:00"), owned by the caller;
 * NULL if the text is not cron's, or has no such expression. */
char *cron_to_calendar(const char *s);
