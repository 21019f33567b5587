/* Accounts: making, copying and freeing them. */
#pragma once

#include "base/memory.h"
#include "policyfile/model.h"

/* The built-in account of this name: the chain, all defaults. */
struct account *account_new(const char *name);
struct account *account_copy(const struct account *a);
void account_free(struct account *a); /* accepts NULL */
DEFINE_CLEANUP(struct account *, account_free)
