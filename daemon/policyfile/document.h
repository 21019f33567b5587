/* A YAML document as a tree with positions, read strictly: what YAML allows beyond plain mappings,
 * lists and scalars is an error here (anchors, aliases, tags, merge keys, several documents,
 * duplicate keys, other encodings), and so is what is too large or too deep. */
#pragma once

#include "policyfile/message.h"

#define DOCUMENT_MAX_BYTES (1024 * 1024)
#define DOCUMENT_MAX_DEPTH 16

enum node_kind {
	NODE_SCALAR,
	NODE_MAPPING,
	NODE_LIST,
	NODE_BROKEN, /* an error was told here; readers tell no other */
};

struct node {
	enum node_kind kind;
	struct position at;
	char *text;          /* scalar: its value, without NUL inside */
	bool plain;          /* scalar: neither quoted nor a block */
	unsigned said;       /* for readers: a bit for each kind of message that was told here */
	struct node **keys;  /* mapping: scalars, one per item */
	struct node **items; /* mapping and list */
	size_t count, capacity;
};

/* Reads the text that was added to `m` last; errors go to `m`. Returns the tree of what could be
 * read, owned by the caller; NULL if the text ended in an error or holds nothing. */
struct node *document_read(struct messages *m);
void node_free(struct node *n); /* accepts NULL */
DEFINE_CLEANUP(struct node *, node_free)

/* The item of a mapping with this key, or NULL; `ret_key` (may be NULL) gets the key. */
struct node *node_get(const struct node *mapping, const char *key, struct node **ret_key);

/* Move an item, or all, to the end of another mapping or list of the same kind. */
void node_move_item(struct node *to, struct node *from, size_t i);
void node_move_all(struct node *to, struct node *from);
/* Tells keys that a mapping holds more than once since items were moved to it. */
void document_check_duplicates(struct messages *m, const struct node *mapping);

/* A plain scalar that YAML reads as null, such as a key without a value. */
bool node_is_null(const struct node *n);
/* Describes the node in a message: "a list", "nothing", "'weekly'". */
#define NODE_TEXT_SIZE 96
void node_describe(const struct node *n, char ret[NODE_TEXT_SIZE]);

/* Appends a text in double quotes. document_read() and readers of JSON get the same text back. */
void document_quote(struct text *out, const char *s);
