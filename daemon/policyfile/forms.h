/* Texts of a certain form: ids, hosts, names of roles, paths. */
#pragma once

#include "policyfile/keys.h"

struct form {
	const char *what; /* the key takes, in words */
	bool (*is)(const char *s);
};

/* By the type of the key. Types that are no text of a certain form have no functions here. */
extern const struct form forms[TYPE_COUNT];
