#include "policyfile/address.h"
#include "policyfile/loader.h"

#define HISTORY_MONTHS 24

static void read_history(struct loader *l, const struct node *n, struct duration *ret)
{
	const struct key *k = &keys[FIELD_HISTORY];
	struct error err = {0};
	struct duration d;
	const char *text;

	if (!value_text(l, k, n, &text))
		return;
	if (duration_parse(text, &d, &err) < 0)
		loader_error(l, n, "'history' takes a duration such as 2y: %s", err.text);
	else if (d.months == 0 && d.days * 86400 + d.seconds < k->least)
		loader_error(l, n, "'history' takes at least 1d, not '%s'", text);
	else
		*ret = d;
}

static void read_textfile(struct loader *l, const struct node *n, char **ret)
{
	const char *text, *end;

	if (!value_text(l, &keys[FIELD_TEXTFILE], n, &text))
		return;
	end = strrchr(text, '.');
	if (text[0] != '/' || !end || strcmp(end, ".prom") != 0) {
		loader_error(l, n,
			"'textfile' takes an absolute path that ends in .prom (the collector reads "
			"no other), not '%s'",
			text);
		return;
	}
	free(*ret);
	*ret = xstrdup(text);
}

static void read_listen(struct loader *l, const struct node *n, char **ret)
{
	struct sockaddr_storage address;
	socklen_t length;
	const char *text;

	if (!value_text(l, &keys[FIELD_LISTEN], n, &text))
		return;
	if (!address_parse(text, &address, &length)) {
		loader_error(l, n,
			"'listen' takes an address in numbers and a port, such as 127.0.0.1:9879 "
			"or [::1]:9879, not '%s'",
			text);
		return;
	}
	free(*ret);
	*ret = xstrdup(text);
}

static void read_metrics(struct loader *l, const struct node *metrics, struct policyfile *ret)
{
	if (!layer_is_mapping(l, "metrics", metrics))
		return;
	for (size_t i = 0; i < metrics->count; i++) {
		const struct key *k = key_find(SCOPE_FILE, FIELD_METRICS, metrics->keys[i]->text);
		if (k == &keys[FIELD_TEXTFILE]) {
			read_textfile(l, metrics->items[i], &ret->metrics_textfile);
		} else if (k) {
			read_listen(l, metrics->items[i], &ret->metrics_listen);
		} else {
			layer_unknown_key(l, SCOPE_FILE, FIELD_METRICS, metrics->keys[i]);
		}
	}
}

void general_read(struct loader *l, const struct node *root, struct policyfile *ret)
{
	const struct node *history = node_get(root, "history", NULL);
	const struct node *metrics = node_get(root, "metrics", NULL);

	ret->history = (struct duration){.months = HISTORY_MONTHS};
	if (history)
		read_history(l, history, &ret->history);
	if (metrics)
		read_metrics(l, metrics, ret);
}
