/* The types whose values are more than one text or number, as types.h wants them. */
#pragma once

#include "policyfile/loader.h"

void compound_set_zone(struct loader *l, const struct key *k, const struct node *n, void *object);
void compound_print_zone(const struct key *k, const void *object, struct text *out);
void compound_set_schedule(
	struct loader *l, const struct key *k, const struct node *n, void *object);
void compound_print_schedule(const struct key *k, const void *object, struct text *out);
void compound_set_every(struct loader *l, const struct key *k, const struct node *n, void *object);
void compound_print_every(const struct key *k, const void *object, struct text *out);
void compound_set_blackouts(
	struct loader *l, const struct key *k, const struct node *n, void *object);
void compound_print_blackouts(const struct key *k, const void *object, struct text *out);
void compound_set_rule(struct loader *l, const struct key *k, const struct node *n, void *object);
void compound_print_rule(const struct key *k, const void *object, struct text *out);
void compound_set_protect(
	struct loader *l, const struct key *k, const struct node *n, void *object);
void compound_print_protect(const struct key *k, const void *object, struct text *out);
void compound_set_tags(struct loader *l, const struct key *k, const struct node *n, void *object);
void compound_print_tags(const struct key *k, const void *object, struct text *out);
void compound_set_exclude(
	struct loader *l, const struct key *k, const struct node *n, void *object);
void compound_print_exclude(const struct key *k, const void *object, struct text *out);
bool compound_print_protect_lines(const void *object, int indent, struct text *out);
