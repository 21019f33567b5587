/* Memory. Running out of it ends the program: crash safety has to hold anyway. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Runs `f` on the variable's address when it goes out of scope. */
#define _cleanup_(f) __attribute__((cleanup(f)))
#define _cleanup_free_ _cleanup_(memory_freep)

/* Hands ownership over: yields the pointer and leaves NULL behind. */
#define TAKE_PTR(p)                         \
	(__extension__({                    \
		__typeof__(p) taken_ = (p); \
		(p) = NULL;                 \
		taken_;                     \
	}))

/* Defines NAMEp(), for _cleanup_(), from a destructor that takes a pointer and accepts NULL. */
#define DEFINE_CLEANUP(type, name)          \
	static inline void name##p(type *p) \
	{                                   \
		name(*p);                   \
	}

/* All of these return zeroed (xcalloc) or new memory, owned by the caller, and never NULL. */
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xreallocarray(void *old, size_t count, size_t size);
char *xstrdup(const char *s);                 /* NULL gives NULL */
void xstrset(char **at, const char *s);       /* *at = xstrdup(s); frees what it was */
char *xstrndup(const char *s, size_t length); /* `s` need not end in NUL */
char *xconcat(const char *a, const char *b, const char *c); /* leaves no copies on the way */
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Makes room for `need` elements of `size` bytes in `array`, whose capacity is `*capacity`
 * (in elements, updated), growing by doubling. Returns the array, which may have moved. */
void *memory_grow(void *array, size_t *capacity, size_t need, size_t size);

/* Overwrites and frees a string that held a secret. NULL is accepted. */
void memory_erase_string(char *s);

static inline void memory_freep(void *p)
{
	free(*(void **)p);
}
