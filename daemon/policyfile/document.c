/* Reads YAML strictly, by the events of libyaml. */
#include "policyfile/document.h"

#include "policyfile/width.h"

#include <inttypes.h>
#include <stdio.h>
#include <yaml.h>

struct reader {
	yaml_parser_t parser;
	struct messages *m;
	uint32_t source;
	bool stopped; /* an error after which nothing can be read */
};

static struct position position_of(const struct reader *r, yaml_mark_t mark)
{
	return (struct position){
		.source = r->source, .line = (uint32_t)mark.line, .column = (uint32_t)mark.column};
}

void node_free(struct node *n)
{
	if (!n)
		return;
	for (size_t i = 0; i < n->count; i++) {
		if (n->keys)
			node_free(n->keys[i]);
		node_free(n->items[i]);
	}
	free(n->keys);
	free(n->items);
	free(n->text);
	free(n);
}

static struct node *node_new(const struct reader *r, enum node_kind kind, yaml_mark_t mark)
{
	struct node *n = xcalloc(1, sizeof(*n));

	n->kind = kind;
	n->at = position_of(r, mark);
	return n;
}

static void node_append(struct node *n, struct node *key, struct node *item)
{
	size_t capacity = n->capacity;

	if (n->kind == NODE_MAPPING) {
		n->keys = memory_grow(n->keys, &capacity, n->count + 1, sizeof(*n->keys));
		n->keys[n->count] = key;
	}
	n->items = memory_grow(n->items, &n->capacity, n->count + 1, sizeof(*n->items));
	n->items[n->count++] = item;
}

void node_move_item(struct node *to, struct node *from, size_t i)
{
	node_append(to, from->keys ? TAKE_PTR(from->keys[i]) : NULL, TAKE_PTR(from->items[i]));
	from->count--;
	for (; i < from->count; i++) {
		if (from->keys)
			from->keys[i] = from->keys[i + 1];
		from->items[i] = from->items[i + 1];
	}
}

void node_move_all(struct node *to, struct node *from)
{
	for (size_t i = 0; i < from->count; i++)
		node_append(to, from->keys ? from->keys[i] : NULL, from->items[i]);
	from->count = 0;
}

struct node *node_get(const struct node *mapping, const char *key, struct node **ret_key)
{
	if (!mapping || mapping->kind != NODE_MAPPING)
		return NULL;
	for (size_t i = 0; i < mapping->count; i++) {
		if (!text_equal(mapping->keys[i]->text, key))
			continue;
		if (ret_key)
			*ret_key = mapping->keys[i];
		return mapping->items[i];
	}
	return NULL;
}

bool node_is_null(const struct node *n)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};

	if (n->kind != NODE_SCALAR || !n->plain)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(nulls); i++)
		if (strcmp(n->text, nulls[i]) == 0)
			return true;
	return false;
}

void node_describe(const struct node *n, char ret[NODE_TEXT_SIZE])
{
	char value[NODE_TEXT_SIZE - 8];

	if (n->kind == NODE_MAPPING || n->kind == NODE_LIST || node_is_null(n)) {
		(void)snprintf(ret, NODE_TEXT_SIZE, "%s",
			n->kind == NODE_MAPPING        ? "a mapping"
				: n->kind == NODE_LIST ? "a list"
						       : "nothing");
		return;
	}
	text_copy_printable(value, sizeof(value), n->text ? n->text : "");
	(void)snprintf(ret, NODE_TEXT_SIZE, "'%s'", value);
}

/* Tells an error of libyaml, which has an offset if it is about the encoding, and else a mark. */
static void report_parser(struct reader *r)
{
	const yaml_parser_t *p = &r->parser;
	struct position at = position_of(r, p->problem_mark);
	const char *problem = p->problem ? p->problem : "cannot be read";

	r->stopped = true;
	if (p->error == YAML_READER_ERROR) {
		messages_add(r->m, SEVERITY_ERROR, messages_position(r->m, p->problem_offset),
			"not YAML: %s", problem);
		return;
	}
	if (p->context && strcmp(p->context, "while scanning an alias") == 0) {
		messages_add(r->m, SEVERITY_ERROR, position_of(r, p->context_mark),
			"not YAML: a value that begins with '*' has to be quoted, as in "
			"\"*-*-* 02:00\"");
		return;
	}
	if (strcmp(problem, "found character that cannot start any token") == 0)
		problem = "found a character that cannot start a value: quote the value, "
			  "and indent with spaces, not tabs";
	messages_add(r->m, SEVERITY_ERROR, at, "not YAML: %s%s%s", p->context ? p->context : "",
		p->context ? ", " : "", problem);
	if (p->context && p->context_mark.line != p->problem_mark.line)
		messages_add(r->m, SEVERITY_NOTE, position_of(r, p->context_mark), "it began here");
}

/* False at the end or after an error; else the caller deletes the event. */
static bool next_event(struct reader *r, yaml_event_t *ret)
{
	if (r->stopped)
		return false;
	if (!yaml_parser_parse(&r->parser, ret)) {
		report_parser(r);
		return false;
	}
	return true;
}

static void refuse_decoration(
	struct reader *r, yaml_mark_t mark, const yaml_char_t *anchor, const yaml_char_t *tag)
{
	if (anchor)
		messages_add(r->m, SEVERITY_ERROR, position_of(r, mark),
			"anchors are not allowed: write what differs in `policies`, and the rest "
			"in `defaults`");
	if (tag)
		messages_add(r->m, SEVERITY_ERROR, position_of(r, mark),
			"tags are not allowed: the type of a value follows from its key");
}

static struct node *read_scalar(struct reader *r, const yaml_event_t *event)
{
	const char *value = (const char *)event->data.scalar.value;
	size_t length = event->data.scalar.length;
	struct node *n = node_new(r, NODE_SCALAR, event->start_mark);

	refuse_decoration(r, event->start_mark, event->data.scalar.anchor, event->data.scalar.tag);
	if (memchr(value, '\0', length)) {
		messages_add(r->m, SEVERITY_ERROR, n->at, "a value cannot hold a NUL character");
		n->kind = NODE_BROKEN;
	}
	n->text = xstrndup(value, length);
	n->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	return n;
}

static struct node *read_node(struct reader *r, const yaml_event_t *event, int depth);

struct key_order {
	const struct node *key;
	size_t number;
};

static int compare_keys(const void *a, const void *b)
{
	const struct key_order *x = a, *y = b;
	int order = strcmp(x->key->text, y->key->text);

	return order ? order : x->number < y->number ? -1 : 1;
}

/* With `across`, tells only duplicates that stand in different texts. The others were told when the
 * mapping was read. */
static void find_duplicates(struct messages *m, const struct node *mapping, bool across)
{
	_cleanup_free_ struct key_order *keys = xcalloc(mapping->count, sizeof(*keys));
	size_t count = 0;

	for (size_t i = 0; i < mapping->count; i++)
		if (mapping->keys[i]->kind == NODE_SCALAR)
			keys[count++] = (struct key_order){mapping->keys[i], i};
	if (count > 1)
		qsort(keys, count, sizeof(*keys), compare_keys);
	for (size_t i = 1; i < count; i++) {
		char key[NODE_TEXT_SIZE];
		if (strcmp(keys[i - 1].key->text, keys[i].key->text) != 0 ||
			(across && keys[i - 1].key->at.source == keys[i].key->at.source))
			continue;
		node_describe(keys[i].key, key);
		messages_add(m, SEVERITY_ERROR, keys[i].key->at, "duplicate key %s", key);
		messages_add(m, SEVERITY_NOTE, keys[i - 1].key->at, "it was here before");
	}
}

void document_check_duplicates(struct messages *m, const struct node *mapping)
{
	find_duplicates(m, mapping, true);
}

static struct node *read_key(struct reader *r, const yaml_event_t *event, int depth)
{
	struct node *key = read_node(r, event, depth);

	if (key->kind == NODE_MAPPING || key->kind == NODE_LIST) {
		messages_add(r->m, SEVERITY_ERROR, key->at, "a key must be a single word");
		key->kind = NODE_BROKEN;
	}
	if (!key->text)
		key->text = xstrdup("");
	return key;
}

/* Reads up to the end event of the mapping or list. */
static void read_items(struct reader *r, struct node *n, int depth)
{
	const yaml_event_type_t end =
		n->kind == NODE_MAPPING ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT;
	struct node *key = NULL;
	bool more = true;

	while (more) {
		yaml_event_t event;
		if (!next_event(r, &event))
			break;
		if (event.type == end) {
			more = false;
		} else if (n->kind == NODE_MAPPING && !key) {
			key = read_key(r, &event, depth + 1);
		} else {
			node_append(n, key, read_node(r, &event, depth + 1));
			key = NULL;
		}
		yaml_event_delete(&event);
	}
	node_free(key); /* left over only after an error */
	if (n->kind == NODE_MAPPING)
		find_duplicates(r->m, n, false);
}

static struct node *read_collection(struct reader *r, const yaml_event_t *event, int depth)
{
	bool mapping = event->type == YAML_MAPPING_START_EVENT;
	struct node *n = node_new(r, mapping ? NODE_MAPPING : NODE_LIST, event->start_mark);

	if (mapping)
		refuse_decoration(r, event->start_mark, event->data.mapping_start.anchor,
			event->data.mapping_start.tag);
	else
		refuse_decoration(r, event->start_mark, event->data.sequence_start.anchor,
			event->data.sequence_start.tag);
	if (depth > DOCUMENT_MAX_DEPTH) {
		messages_add(r->m, SEVERITY_ERROR, n->at, "nested more than %d deep",
			DOCUMENT_MAX_DEPTH);
		r->stopped = true;
	}
	read_items(r, n, depth);
	return n;
}

static struct node *read_node(struct reader *r, const yaml_event_t *event, int depth)
{
	if (event->type == YAML_SCALAR_EVENT)
		return read_scalar(r, event);
	if (event->type == YAML_MAPPING_START_EVENT || event->type == YAML_SEQUENCE_START_EVENT)
		return read_collection(r, event, depth);
	/* What is left is an alias. */
	messages_add(r->m, SEVERITY_ERROR, position_of(r, event->start_mark),
		"aliases are not allowed: write what differs in `policies`, and the rest in "
		"`defaults`");
	return node_new(r, NODE_BROKEN, event->start_mark);
}

/* Refuses a file that is too large, or is no UTF-8. True if libyaml may read it. */
static bool check_bytes(struct messages *m)
{
	const struct lines *s = &m->sources[m->source_count - 1];
	const struct position begin = {.source = (uint32_t)m->source_count - 1};
	size_t good = 0;

	if (s->size > DOCUMENT_MAX_BYTES) {
		messages_add(m, SEVERITY_ERROR, begin, "larger than %d bytes", DOCUMENT_MAX_BYTES);
		return false;
	}
	if (s->size >= 2 &&
		(memcmp(s->data, "\xff\xfe", 2) == 0 || memcmp(s->data, "\xfe\xff", 2) == 0)) {
		messages_add(m, SEVERITY_ERROR, begin, "this is UTF-16: save it as UTF-8");
		return false;
	}
	while (good < s->size) {
		uint32_t character;
		size_t length;

		if ((unsigned char)s->data[good] < 0x80) {
			good++;
			continue;
		}
		length = width_decode(s->data + good, s->size - good, &character);
		if (length == 1 && character == 0xfffd)
			break;
		good += length;
	}
	if (good == s->size)
		return true;
	messages_add(
		m, SEVERITY_ERROR, messages_position(m, good), "not UTF-8: save the file as UTF-8");
	return false;
}

static struct node *read_document(struct reader *r, const yaml_event_t *event)
{
	yaml_event_t first;
	struct node *root;

	if (event->data.document_start.tag_directives.start !=
		event->data.document_start.tag_directives.end)
		messages_add(r->m, SEVERITY_ERROR, position_of(r, event->start_mark),
			"tags are not allowed: the type of a value follows from its key");
	if (!next_event(r, &first))
		return NULL;
	root = read_node(r, &first, 1);
	yaml_event_delete(&first);
	return root;
}

static struct node *read_stream(struct reader *r)
{
	struct node *root = NULL;
	int documents = 0;
	bool more = true;

	while (more) {
		yaml_event_t event;
		if (!next_event(r, &event))
			break;
		if (event.type == YAML_STREAM_END_EVENT)
			more = false;
		if (event.type == YAML_DOCUMENT_START_EVENT && ++documents == 1) {
			root = read_document(r, &event);
		} else if (event.type == YAML_DOCUMENT_START_EVENT) {
			messages_add(r->m, SEVERITY_ERROR, position_of(r, event.start_mark),
				"a second document: a policy is one document");
			r->stopped = true;
		}
		yaml_event_delete(&event);
	}
	return root;
}

struct node *document_read(struct messages *m)
{
	const struct lines *s = &m->sources[m->source_count - 1];
	struct reader r = {.m = m, .source = (uint32_t)m->source_count - 1};
	_cleanup_(node_freep) struct node *root = NULL;

	if (!check_bytes(m))
		return NULL;
	if (!yaml_parser_initialize(&r.parser))
		abort(); /* out of memory */
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)s->data, s->size);
	root = read_stream(&r);
	yaml_parser_delete(&r.parser);
	if (r.stopped)
		return NULL;
	if (!root)
		messages_add(m, SEVERITY_ERROR, (struct position){.source = r.source},
			"the file is empty");
	return TAKE_PTR(root);
}

/* Characters that YAML ends a line at, or does not allow. */
static bool is_special(uint32_t character)
{
	return character < 0x20 || (character >= 0x7f && character < 0xa0) || character == 0x2028 ||
		character == 0x2029 || character == 0xfeff || character == 0xfffe ||
		character == 0xffff;
}

void document_quote(struct text *out, const char *s)
{
	size_t left = strlen(s);

	text_add(out, "\"");
	while (left > 0) {
		uint32_t character;
		size_t used = width_decode(s, left, &character);
		if (is_special(character)) {
			text_printf(out, "\\u%04" PRIx32, character);
		} else {
			text_add(out, character == '"' || character == '\\' ? "\\" : "");
			text_add_bytes(out, s, used);
		}
		s += used;
		left -= used;
	}
	text_add(out, "\"");
}
