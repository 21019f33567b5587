/* Compares values by what they print. */
#include "policyfile/differ.h"

#include "policyfile/types.h"

bool differ(enum scope scope, const struct objects *old, const struct objects *changed,
	differ_found *tell, void *data)
{
	bool found = false;

	for (const struct key *k = keys; k < keys + FIELD_COUNT && (tell || !found); k++) {
		_cleanup_(text_done) struct text a = TEXT_INIT(VALUE_MAX_BYTES),
						 b = TEXT_INIT(VALUE_MAX_BYTES);
		if (!(k->scopes & (unsigned)scope))
			continue;
		type_print(k, old, &a);
		type_print(k, changed, &b);
		if (text_equal(a.s, b.s))
			continue;
		found = true;
		if (tell)
			tell(data, k->path, a.s, b.s);
	}
	return found;
}
