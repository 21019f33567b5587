/* Long lines of prose, continued below where a terminal ends. */
#pragma once

#include "base/text.h"

/* Appends the lines of `s`, each broken at spaces so that none is wider than `columns` (0: no
 * limit; a longer word stays whole). The rest of a line stands below its last column, which is what
 * follows two spaces or more, or else two places to the right of where the line begins. A command
 * to be typed (spaces, "retainctl "; "--"; a "\\" at the end) stays whole, so that it can be
 * pasted. */
void fold_add(struct text *out, const char *s, size_t columns);

/* The same for the help of a command: paragraphs and options that were broken for a wider screen
 * are put together first. */
void fold_add_help(struct text *out, const char *s, size_t columns);
