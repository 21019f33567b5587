/* The words for what became of a call. */
#include "cycle/answer.h"

const char *const answer_names[ANSWER_AMBIGUOUS + 1] = {
	[ANSWER_OK] = "ok",
	[ANSWER_REFUSED] = "refused",
	[ANSWER_THROTTLED] = "throttled",
	[ANSWER_UNSENT] = "unsent",
	[ANSWER_AMBIGUOUS] = "ambiguous",
};
