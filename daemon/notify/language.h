/* Messages in the languages of people. Everything in the daemon is said in English; here it is put
 * into another language on its way to a sink that wants it so. What has no translation, such as the
 * words of the cloud, stays English: nothing is ever left out. */
#pragma once

#include "base/text.h"
#include "notify/kind.h"

/* The words around what is told. */
enum notify_frame {
	FRAME_HOST,
	FRAME_CRITICAL_COUNT,
	FRAME_WARNING_COUNT,
	FRAME_WARNINGS_COUNT,
	FRAME_WELL_COUNT,
	FRAME_AFTER_HOST, /* between the host and the counts */
	FRAME_BETWEEN,    /* ... and between the counts */
	FRAME_TEST,
	FRAME_CRITICAL,
	FRAME_WARNING,
	FRAME_STILL_CRITICAL,
	FRAME_STILL_WARNING,
	FRAME_WELL_AGAIN,
	FRAME_CRITICAL_NO_MORE,
	FRAME_MORE,
	FRAME_COUNT,
};

/* One text in every language, with places for values: {1} takes any, [1] one without blanks, and
 * <1> a text that is translated in its turn. */
struct notify_phrase {
	const char *text[NOTIFY_LANGUAGE_COUNT];
};
/* Of the frame first, then what is told, which ends with a row of NULL. */
extern const struct notify_phrase notify_frames[FRAME_COUNT];
extern const struct notify_phrase notify_phrases[];

/* Appends one text of the frame; `values` are those of {1}, {2}, ..., in the language. */
void notify_frame(enum notify_language language, enum notify_frame frame, const char *const *values,
	struct text *out);
/* Appends what is told, clause by clause: what stands between "; ". */
void notify_translate(enum notify_language language, const char *english, struct text *out);
