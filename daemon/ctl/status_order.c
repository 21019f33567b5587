/* Which clusters status shows, and in which order. */
#include "ctl/status_order.h"

/* Worst first. */
const struct status_state status_states[] = {
	{"trouble", "TROUBLE", PAINT_RED, false},
	{"held", "held", PAINT_YELLOW, false},
	{"paused", "paused", PAINT_YELLOW, false},
	{"waiting", "not listed yet", PAINT_DIM, false},
	{"pruning", "pruning", PAINT_GREEN, true},
	{"backing-up", "backing up", PAINT_GREEN, true},
	{"well", "well", PAINT_GREEN, true},
	{NULL, NULL, PAINT_NONE, false},
};

size_t status_rank(const cJSON *cluster)
{
	const char *state = online_string(cluster, "state");
	size_t i = 0;

	while (status_states[i].state && strcmp(status_states[i].state, state) != 0)
		i++;
	return i;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(online_string(*(const cJSON *const *)a, "name"),
		online_string(*(const cJSON *const *)b, "name"));
}

static int by_rank(const void *a, const void *b)
{
	size_t x = status_rank(*(const cJSON *const *)a), y = status_rank(*(const cJSON *const *)b);

	return x != y ? (x < y ? -1 : 1) : by_name(a, b);
}

/* Times in RFC 3339 and UTC sort as text. A cluster without a set comes first. */
static int by_age(const void *a, const void *b)
{
	int order = strcmp(online_string(*(const cJSON *const *)a, "newest_valid"),
		online_string(*(const cJSON *const *)b, "newest_valid"));

	return order ? order : by_name(a, b);
}

static int by_size(const void *a, const void *b)
{
	int64_t x = online_int(*(const cJSON *const *)a, "size"),
		y = online_int(*(const cJSON *const *)b, "size");

	return x != y ? (x > y ? -1 : 1) : by_name(a, b);
}

static const struct {
	const char *name;
	int (*compare)(const void *, const void *);
} orders[] = {
	[STATUS_WORST] = {"worst", by_rank},
	[STATUS_AGE] = {"age", by_age},
	[STATUS_NAME] = {"name", by_name},
	[STATUS_SIZE] = {"size", by_size},
};

bool status_parse_sort(const char *s, enum status_sort *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(orders); i++)
		if (strcmp(orders[i].name, s) == 0) {
			*ret = (enum status_sort)i;
			return true;
		}
	return false;
}

static bool is_named(const cJSON *c, const char *name)
{
	return strcmp(online_string(c, "cluster"), name) == 0 ||
		strcmp(online_string(c, "name"), name) == 0;
}

static bool is_chosen(const cJSON *c, const struct status_choice *choice)
{
	bool named = choice->cluster_count == 0;

	for (size_t i = 0; !named && i < choice->cluster_count; i++)
		named = is_named(c, choice->clusters[i]);
	return named && !(choice->not_well && status_states[status_rank(c)].well);
}

const cJSON **status_order(
	const cJSON *clusters, const struct status_choice *choice, size_t *ret_count)
{
	const cJSON **list = xcalloc((size_t)cJSON_GetArraySize(clusters) + 1, sizeof(*list)), *c;
	size_t count = 0;

	cJSON_ArrayForEach (c, clusters) {
		if (is_chosen(c, choice))
			list[count++] = c;
	}
	if (count > 1)
		qsort(list, count, sizeof(*list), orders[choice->sort].compare);
	*ret_count = count;
	return list;
}

const char *status_unknown(const cJSON *clusters, const struct status_choice *choice)
{
	for (size_t i = 0; i < choice->cluster_count; i++) {
		const cJSON *c = clusters ? clusters->child : NULL;
		while (c && !is_named(c, choice->clusters[i]))
			c = c->next;
		if (!c)
			return choice->clusters[i];
	}
	return NULL;
}
