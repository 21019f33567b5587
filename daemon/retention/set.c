/* Backup sets as the cloud lists them. */
#include "retention/set.h"

#include "base/memory.h"
#include "base/text.h"

#include <string.h>

void inventory_init(struct inventory *inv)
{
	*inv = (struct inventory){0};
}

void inventory_done(struct inventory *inv)
{
	free(inv->sets);
	free(inv->names);
	for (size_t i = 0; inv->notes && i < NOTES_MAX; i++)
		free(inv->notes[i]);
	free(inv->notes);
	inventory_init(inv);
}

/* Offset of a copy of `name`. Past 4 GiB of names memory counts as run out (an inventory of
 * 10,000,000 sets, the most that a listing takes, has 80 MB). */
static uint32_t add_name(struct inventory *inv, const char *name)
{
	size_t length = strlen(name) + 1;
	size_t at = inv->names_size ? inv->names_size : 1;

	if (length > UINT32_MAX - at)
		abort();
	inv->names = memory_grow(inv->names, &inv->names_capacity, at + length, 1);
	inv->names[0] = '\0';
	memcpy(inv->names + at, name, length);
	inv->names_size = at + length;
	return (uint32_t)at;
}

static uint8_t add_note(struct inventory *inv, const char *note)
{
	const size_t last = NOTES_MAX - 1;

	if (!inv->notes)
		inv->notes = xcalloc(NOTES_MAX, sizeof(*inv->notes));
	for (size_t i = 1; i < last; i++) {
		if (!inv->notes[i])
			inv->notes[i] = xstrdup(note);
		if (text_equal(inv->notes[i], note))
			return (uint8_t)i;
	}
	if (!inv->notes[last])
		inv->notes[last] = xstrdup("(one of many others)");
	return (uint8_t)last;
}

void inventory_add(struct inventory *inv, const struct set *set, const char *id, const char *parent,
	const char *note)
{
	struct set *added;

	inv->sets = memory_grow(inv->sets, &inv->capacity, inv->count + 1, sizeof(*inv->sets));
	added = &inv->sets[inv->count++];
	*added = *set;
	added->id = add_name(inv, id);
	added->parent = parent && *parent ? add_name(inv, parent) : 0;
	added->note = note && *note ? add_note(inv, note) : 0;
}

void inventory_append(struct inventory *inv, const struct inventory *from)
{
	for (size_t i = 0; i < from->count; i++)
		inventory_add(inv, &from->sets[i], set_id(from, i), set_parent(from, i),
			set_note(from, i));
}

void inventory_trim(struct inventory *inv)
{
	inv->sets = xreallocarray(inv->sets, inv->count, sizeof(*inv->sets));
	inv->capacity = inv->count;
	inv->names = xreallocarray(inv->names, inv->names_size, 1);
	inv->names_capacity = inv->names_size;
}

void inventory_copy(struct inventory *to, const struct inventory *from)
{
	inventory_done(to);
	if (from->count == 0)
		return;
	to->sets = xreallocarray(NULL, from->count, sizeof(*to->sets));
	memcpy(to->sets, from->sets, from->count * sizeof(*to->sets));
	to->count = to->capacity = from->count;
	to->names = xmalloc(from->names_size);
	memcpy(to->names, from->names, from->names_size);
	to->names_size = to->names_capacity = from->names_size;
	if (from->notes)
		to->notes = xcalloc(NOTES_MAX, sizeof(*to->notes));
	for (size_t i = 0; from->notes && i < NOTES_MAX; i++)
		to->notes[i] = xstrdup(from->notes[i]);
}

const char *set_id(const struct inventory *inv, size_t index)
{
	return inv->names + inv->sets[index].id;
}

const char *set_parent(const struct inventory *inv, size_t index)
{
	return inv->names + inv->sets[index].parent;
}

const char *set_note(const struct inventory *inv, size_t index)
{
	const char *note = inv->notes ? inv->notes[inv->sets[index].note] : NULL;

	return note ? note : "";
}

static bool is_number(const char *id)
{
	return *id && id[strspn(id, "0123456789")] == '\0';
}

int set_compare_ids(const char *a, const char *b)
{
	bool a_number = is_number(a), b_number = is_number(b);
	const char *a_digits, *b_digits;
	size_t a_length, b_length;
	int order;

	if (a_number != b_number)
		return a_number ? -1 : 1;
	if (!a_number)
		return strcmp(a, b);
	a_digits = a + strspn(a, "0");
	b_digits = b + strspn(b, "0");
	a_length = strlen(a_digits);
	b_length = strlen(b_digits);
	if (a_length != b_length)
		return a_length < b_length ? -1 : 1;
	order = strcmp(a_digits, b_digits);
	if (order)
		return order;
	return (a_digits - a > b_digits - b) - (a_digits - a < b_digits - b);
}

struct inventory_index {
	const struct inventory *inv;
	uint32_t *by_id; /* indices in the order of their ids; of equal ids, the first set first */
	size_t duplicate;
};

static int compare_by_id(const void *a, const void *b, void *data)
{
	const struct inventory *const *inv = data;
	const uint32_t *x = a, *y = b;
	int ids = strcmp(set_id(*inv, *x), set_id(*inv, *y));

	return ids ? ids : (*x > *y) - (*x < *y);
}

struct inventory_index *inventory_index_new(const struct inventory *inv)
{
	struct inventory_index *x = xmalloc(sizeof(*x));

	*x = (struct inventory_index){
		.inv = inv,
		.by_id = xreallocarray(NULL, inv->count, sizeof(*x->by_id)),
		.duplicate = SIZE_MAX,
	};
	for (size_t i = 0; i < inv->count; i++)
		x->by_id[i] = (uint32_t)i;
	qsort_r(x->by_id, inv->count, sizeof(*x->by_id), compare_by_id, &inv);
	for (size_t i = 1; i < inv->count; i++)
		if (x->by_id[i] < x->duplicate &&
			strcmp(set_id(inv, x->by_id[i - 1]), set_id(inv, x->by_id[i])) == 0)
			x->duplicate = x->by_id[i];
	return x;
}

void inventory_index_free(struct inventory_index *x)
{
	if (!x)
		return;
	free(x->by_id);
	free(x);
}

size_t inventory_find(const struct inventory_index *x, const char *id)
{
	size_t begin = 0, end = x->inv->count;

	while (begin < end) {
		size_t middle = begin + (end - begin) / 2;
		if (strcmp(set_id(x->inv, x->by_id[middle]), id) < 0)
			begin = middle + 1;
		else
			end = middle;
	}
	if (begin == x->inv->count || strcmp(set_id(x->inv, x->by_id[begin]), id) != 0)
		return SIZE_MAX;
	return x->by_id[begin];
}

size_t inventory_duplicate(const struct inventory_index *x)
{
	return x->duplicate;
}
