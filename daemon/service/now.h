/* The clocks, read in this one place. */
#pragma once

#include "cycle/cycle.h"

#include <time.h>

struct moment now_moment(void);
int64_t now_boot_us(void); /* CLOCK_BOOTTIME, by which timers run and permits are given */
uint64_t now_us(clockid_t clock);
