/* What a scalar of the file says. Each function returns false after telling the error, and leaves
 * *ret as it was. */
#pragma once

#include "policyfile/loader.h"

#define VALUE_BILLION INT64_C(1000000000)

bool value_text(struct loader *l, const struct key *k, const struct node *n, const char **ret);
/* An id of the cloud, or a name that is formed like one, whatever the key's type is. */
bool value_id(struct loader *l, const struct key *k, const struct node *n, const char **ret);
/* For people: at most 64 characters without control characters, whatever the key's type is. */
bool value_name(struct loader *l, const struct key *k, const struct node *n, const char **ret);
/* A text as the key's type wants it (key_is_text()). */
bool value_form(struct loader *l, const struct key *k, const struct node *n, const char **ret);
/* One of the key's words. */
bool value_word(struct loader *l, const struct key *k, const struct node *n, int64_t *ret);
bool value_boolean(struct loader *l, const struct key *k, const struct node *n, bool *ret);
bool value_integer(struct loader *l, const struct key *k, const struct node *n, int64_t *ret);
/* In billionths; at most 9 digits may follow the point. */
bool value_decimal(struct loader *l, const struct key *k, const struct node *n, int64_t *ret);
bool value_seconds(struct loader *l, const struct key *k, const struct node *n, int64_t *ret);
bool value_instant(struct loader *l, const struct key *k, const struct node *n, int64_t *ret);
bool value_span(struct loader *l, const struct key *k, const struct node *n, struct duration *ret);
bool value_rule(struct loader *l, const struct key *k, const struct node *n, struct keep_rule *ret);
/* Tells the error and returns false unless `n` is a list such as the example. */
bool value_is_list(
	struct loader *l, const struct key *k, const struct node *n, const char *example);

/* True for a word that YAML 1.1 reads as true or false. */
bool value_is_boolean(const char *s);
/* As a file has them, in days where they come out even: "1d12h". */
void value_format_seconds(int64_t seconds, char ret[DURATION_TEXT_SIZE]);
