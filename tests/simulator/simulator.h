/* The whole simulator, without its sockets. */
#pragma once

#include "auth.h"
#include "calllog.h"
#include "faults.h"
#include "identity.h"
#include "replay.h"
#include "stamp.h"
#include "switches.h"
#include "world.h"

struct simulator {
	struct clock clock;
	struct switches switches;
	struct world world;
	struct auth auth;
	struct identity identity;
	struct faults faults;
	struct calllog log;
	struct replay *replay; /* answers instead of the world; NULL: none */
	bool verbose;          /* one line per call to stderr */
};

void simulator_free(struct simulator *s);
/* Brings the world up to now, and returns that. */
int64_t simulator_tick(struct simulator *s);
