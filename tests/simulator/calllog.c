/* Keeps what was called, and shows it as JSON. */
#include "calllog.h"

#include <stdbool.h>
#include <stddef.h>

static int64_t number_of(const cJSON *entry)
{
	return (int64_t)cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(entry, "n"));
}

void calllog_free(struct calllog *l)
{
	cJSON_Delete(l->entries);
	l->entries = NULL;
}

void calllog_clear(struct calllog *l)
{
	calllog_free(l);
}

int64_t calllog_begin(struct calllog *l)
{
	cJSON *entry = cJSON_CreateObject();

	if (!l->entries)
		l->entries = cJSON_CreateArray();
	cJSON_AddNumberToObject(entry, "n", (double)++l->last);
	cJSON_AddItemToArray(l->entries, entry);
	return l->last;
}

cJSON *calllog_entry(struct calllog *l, int64_t number)
{
	/* From the end: the first child's prev is the last, and open calls are young. */
	cJSON *first = l->entries ? l->entries->child : NULL;

	for (cJSON *at = first ? first->prev : NULL; at; at = at->prev) {
		if (number_of(at) == number)
			return at;
		if (at == first)
			break;
	}
	return NULL;
}

cJSON *calllog_since(const struct calllog *l, int64_t since)
{
	cJSON *list = cJSON_CreateArray();
	const cJSON *entry;

	cJSON_ArrayForEach (entry, l->entries)
		if (number_of(entry) > since)
			cJSON_AddItemToArray(list, cJSON_Duplicate(entry, true));
	return list;
}
