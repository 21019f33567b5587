/* Old history is packed: of a set's life what a person may ask for after weeks is kept (when it was
 * first seen or made, when and why it expired, was deleted, is gone), and what was said of calls
 * that went well is not. What is out of the ordinary stays as it is. */
#include "store/internal.h"
#include "store/packed.h"

#define PACK_FULL 965           /* bytes: then another is begun; four full ones just fill a page */
#define PACK_MAX (1 << 20)      /* one line more may be long */
#define TEXT_SET_HIGH INT64_MAX /* of the range of a pack in which some id is not a number */

struct line {
	int64_t id, cluster;
	struct packed_line packed;
	char *text; /* owned: the set's id, if it is not a number */
	bool leave, drop;
};

struct lines {
	struct line *list;
	size_t count;
};

static void lines_done(struct lines *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->list[i].text);
	free(l->list);
}

static bool is_packed_kind(enum entry_kind kind)
{
	return kind == ENTRY_BACKUP_DONE || kind == ENTRY_SEEN || kind == ENTRY_EXPIRED ||
		kind == ENTRY_KEPT_AGAIN || kind == ENTRY_DELETE_INTENT || kind == ENTRY_GONE ||
		kind == ENTRY_VANISHED;
}

/* Columns: id, cluster, kind, at, slot, set, reason, whether a call went well, whether the line
 * says more than a pack can hold, whether a later line says the same. */
static void take_line(sqlite3_stmt *q, struct line *ret)
{
	int64_t kind = sqlite3_column_int64(q, 2);

	*ret = (struct line){
		.id = sqlite3_column_int64(q, 0),
		.cluster = sqlite3_column_int64(q, 1),
		.packed = {.at_s = sqlite3_column_int64(q, 3),
			.slot_s = sqlite3_column_int64(q, 4),
			.number = -1,
			.reason = sqlite3_column_int64(q, 6)},
	};
	ret->leave = kind < 0 || kind >= ENTRY_KIND_COUNT;
	if (ret->leave)
		return;
	ret->packed.kind = (enum entry_kind)kind;
	ret->drop =
		kind == ENTRY_CREATE_INTENT || sqlite3_column_int(q, 7) || sqlite3_column_int(q, 9);
	ret->leave = !ret->drop && (!is_packed_kind(ret->packed.kind) || sqlite3_column_int(q, 8));
	if (sqlite3_column_type(q, 5) == SQLITE_INTEGER && sqlite3_column_int64(q, 5) >= 0)
		ret->packed.number = sqlite3_column_int64(q, 5);
	else if (sqlite3_column_type(q, 5) != SQLITE_NULL)
		ret->text = xstrdup((const char *)sqlite3_column_text(q, 5));
	ret->packed.set = ret->text;
	ret->packed.set_length = ret->text ? strlen(ret->text) : 0;
}

/* Lines stand in the order of writing: after the first that is not old, none is. But one dated
 * ahead of now, by a clock that was wrong for a while, says nothing of those after it. */
static int read_lines(
	struct store *s, int64_t before_s, int64_t now_s, int64_t limit, struct lines *ret)
{
	_cleanup_(statement_resetp) sqlite3_stmt *q = s->statements[STATEMENT_OLD_LINES];
	size_t capacity = 0;
	int rc;

	(void)sqlite3_bind_int64(q, 1, s->condensed);
	(void)sqlite3_bind_int64(q, 2, limit);
	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		int64_t at_s = sqlite3_column_int64(q, 3);
		if (at_s >= before_s && at_s <= now_s)
			return SQLITE_OK;
		ret->list = memory_grow(ret->list, &capacity, ret->count + 1, sizeof(*ret->list));
		take_line(q, &ret->list[ret->count]);
		ret->list[ret->count++].leave |= at_s >= before_s;
	}
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int by_cluster(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	if (x->cluster != y->cluster)
		return x->cluster < y->cluster ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

static int run_with(struct store *s, enum statement which, int64_t value)
{
	sqlite3_stmt *q = s->statements[which];

	(void)sqlite3_bind_int64(q, 1, value);
	return run(q);
}

/* The pack that lines of a cluster are added to: the row that has the cluster's word as its id. A
 * full one becomes a row behind all others, so that these fill their pages. */
struct pack {
	int64_t cluster, newest_s, low, high;
	struct text text;
	struct packed_at at;
};

static void pack_begin(struct pack *p, int64_t cluster)
{
	text_done(&p->text);
	*p = (struct pack){.cluster = cluster,
		.newest_s = INT64_MIN,
		.low = INT64_MAX,
		.high = INT64_MIN,
		.text = TEXT_INIT(PACK_MAX)};
}

/* Goes on with the cluster's open pack. */
static int pack_open(struct store *s, struct pack *p, int64_t cluster)
{
	_cleanup_(statement_resetp) sqlite3_stmt *q = s->statements[STATEMENT_PACK_OPEN];
	struct packed_line line;
	int rc;

	pack_begin(p, cluster);
	(void)sqlite3_bind_int64(q, 1, cluster);
	rc = sqlite3_step(q);
	if (rc != SQLITE_ROW)
		return rc == SQLITE_DONE ? SQLITE_OK : rc;
	text_add_bytes(&p->text, sqlite3_column_blob(q, 4), (size_t)sqlite3_column_bytes(q, 4));
	while (packed_next(p->text.s, p->text.length, &p->at, &line))
		;
	if (p->at.offset < p->text.length) /* damaged: what reads is kept */
		p->text.length = p->at.offset;
	p->newest_s = sqlite3_column_int64(q, 1);
	p->low = sqlite3_column_int64(q, 2);
	p->high = sqlite3_column_int64(q, 3);
	return SQLITE_OK;
}

static int pack_write(struct store *s, const struct pack *p, enum statement how)
{
	sqlite3_stmt *q = s->statements[how];

	if (p->text.length == 0)
		return SQLITE_OK;
	(void)sqlite3_bind_int64(q, 1, p->cluster);
	(void)sqlite3_bind_int64(q, 2, p->newest_s);
	(void)sqlite3_bind_int64(q, 3, p->low);
	(void)sqlite3_bind_int64(q, 4, p->high);
	(void)sqlite3_bind_blob(q, 5, p->text.s, (int)p->text.length, SQLITE_STATIC);
	return run(q);
}

static int add_line(struct store *s, struct pack *p, const struct line *l)
{
	int64_t high = l->text ? TEXT_SET_HIGH : l->packed.number;
	int64_t low = l->text ? 0 : l->packed.number;
	int rc = SQLITE_OK;

	if (p->text.length >= PACK_FULL) {
		rc = pack_write(s, p, STATEMENT_PACK_CLOSE);
		pack_begin(p, l->cluster);
	}
	packed_add(&p->text, &p->at, &l->packed);
	p->newest_s = l->packed.at_s > p->newest_s ? l->packed.at_s : p->newest_s;
	p->high = high > p->high ? high : p->high;
	p->low = low >= 0 && low < p->low ? low : p->low;
	if (rc == SQLITE_OK && l->packed.reason)
		rc = run_with(s, STATEMENT_WORD_PIN, l->packed.reason);
	return rc;
}

static int pack_lines(struct store *s, const struct lines *l)
{
	struct pack p = {.cluster = -1};
	int rc = SQLITE_OK;

	for (size_t i = 0; rc == SQLITE_OK && i < l->count; i++) {
		const struct line *line = &l->list[i];
		if (line->leave)
			continue;
		if (!line->drop && line->cluster != p.cluster) {
			rc = pack_write(s, &p, STATEMENT_PACK_PUT);
			if (rc == SQLITE_OK)
				rc = run_with(s, STATEMENT_WORD_PIN, line->cluster);
			if (rc == SQLITE_OK)
				rc = pack_open(s, &p, line->cluster);
		}
		if (rc == SQLITE_OK && !line->drop)
			rc = add_line(s, &p, line);
		if (rc == SQLITE_OK)
			rc = run_with(s, STATEMENT_HISTORY_DROP, line->id);
	}
	if (rc == SQLITE_OK)
		rc = pack_write(s, &p, STATEMENT_PACK_PUT);
	text_done(&p.text);
	return rc;
}

static int condense(struct store *s, int64_t before_s, int64_t now_s, int64_t limit, int64_t *ret)
{
	_cleanup_(lines_done) struct lines l = {0};
	int rc = read_lines(s, before_s, now_s, limit, &l);
	int64_t next = l.count ? l.list[l.count - 1].id + 1 : s->condensed;

	if (rc == SQLITE_OK && l.count > 1)
		qsort(l.list, l.count, sizeof(*l.list), by_cluster);
	if (rc == SQLITE_OK)
		rc = pack_lines(s, &l);
	if (rc != SQLITE_OK)
		return rc;
	s->condensed = next;
	*ret = (int64_t)l.count;
	return SQLITE_OK;
}

int64_t store_condense_history(
	struct store *s, int64_t before_s, int64_t now_s, int64_t limit, struct error *err)
{
	int64_t count = 0, condensed = s->condensed;
	int rc = transaction_begin(s);

	if (limit < 1)
		limit = 1;
	if (rc == SQLITE_OK)
		rc = transaction_end(s, condense(s, before_s, now_s, limit, &count));
	if (rc == SQLITE_OK)
		return count;
	s->condensed = condensed;
	return database_error(s, rc, "condense the history", err);
}
