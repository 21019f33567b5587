/* Where the faults that struck a call do their work. */
#pragma once

#include "call.h"

/* Before the effect. True if there will be none: the reply is made. */
bool interfere_instead(struct call *c);
/* On the body of a good answer; may change the world after it. */
void interfere_body(struct call *c);
/* On the reply, whatever it is. */
void interfere_reply(struct call *c);
