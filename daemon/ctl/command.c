/* What all commands share: options, complaints, words for a shell. */
#include "ctl/command.h"

#include <stdarg.h>
#include <stdio.h>

int command_usage(const struct command *self, const char *format, ...)
{
	va_list args;

	(void)fprintf(stderr, "retainctl %s: ", self->name);
	va_start(args, format);
	(void)vfprintf(stderr, format, args);
	va_end(args);
	(void)fprintf(stderr, "\nusage: retainctl %s %s\n", self->name, self->usage);
	return CTL_USAGE;
}

int command_failed(const char *format, ...)
{
	va_list args;

	(void)fputs("retainctl: ", stderr);
	va_start(args, format);
	(void)vfprintf(stderr, format, args);
	va_end(args);
	(void)fputc('\n', stderr);
	return CTL_FAILED;
}

void command_add_word(struct text *out, const char *word)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
				    "._/:@%+,=-";
	_cleanup_free_ char *shown = text_printable(word);
	bool is_plain = *shown && !shown[strspn(shown, plain)];

	text_add(out, *shown == '-' ? "-- " : "");
	if (is_plain) {
		text_add(out, shown);
		return;
	}
	text_add(out, "'");
	for (const char *s = shown; *s; s++)
		text_add_bytes(out, *s == '\'' ? "'\\''" : s, *s == '\'' ? 4 : 1);
	text_add(out, "'");
}

void command_output(const struct text *t)
{
	if (t->length)
		(void)fwrite(t->s, 1, t->length, stdout);
}

/* One option as it stands: its name or letter, and the value written together with it. */
struct spelling {
	char name[64];
	const char *value; /* NULL: none in the same word */
	bool is_long;
};

static void spell(const char *word, struct spelling *ret)
{
	const char *equals = strchr(word, '=');
	size_t length = strlen(word);

	*ret = (struct spelling){.is_long = word[1] == '-'};
	if (!ret->is_long) {
		ret->value = word[2] ? word + 2 : NULL;
		length = 2;
	} else if (equals) {
		ret->value = equals + 1;
		length = (size_t)(equals - word);
	}
	if (length >= sizeof(ret->name))
		length = sizeof(ret->name) - 1;
	memcpy(ret->name, word, length);
}

static const struct option *find_option(
	const struct spelling *s, const struct option *options, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (s->is_long ? strcmp(s->name + 2, options[i].name) == 0
			       : s->name[1] == options[i].letter)
			return &options[i];
	return NULL;
}

static int unknown_option(const struct command *self, const struct spelling *s,
	const struct option *options, size_t count)
{
	_cleanup_free_ const char **names = xcalloc(count + 1, sizeof(*names));
	const char *nearest;

	for (size_t i = 0; i < count; i++)
		names[i] = options[i].name;
	nearest = s->is_long ? text_nearest(s->name + 2, names) : NULL;
	(void)command_usage(self, "unknown option '%s'%s%s%s", s->name,
		nearest ? " (did you mean '--" : "", nearest ? nearest : "", nearest ? "'?)" : "");
	return -1;
}

/* Returns how many words the option takes, or -1. */
static int take_option(
	const struct command *self, char **words, const struct option *options, size_t count)
{
	const struct option *o;
	struct spelling s;

	spell(words[0], &s);
	o = find_option(&s, options, count);
	if (!o)
		return unknown_option(self, &s, options, count);
	if (o->flag && s.value) {
		(void)command_usage(self, "option '%s' takes no value", s.name);
		return -1;
	}
	if (o->flag) {
		*o->flag = true;
		return 1;
	}
	if (!s.value && !words[1]) {
		(void)command_usage(self, "option '%s' needs a value", s.name);
		return -1;
	}
	if (o->values) {
		struct option_values *v = o->values;
		v->list = memory_grow(v->list, &v->capacity, v->count + 1, sizeof(*v->list));
		v->list[v->count++] = s.value ? s.value : words[1];
	} else {
		*o->value = s.value ? s.value : words[1];
	}
	return s.value ? 1 : 2;
}

int command_options(const struct command *self, int argc, char **argv, const struct option *options,
	size_t count)
{
	bool only_operands = false;
	int operands = 0;

	for (int i = 1; i < argc;) {
		int used = 1;
		if (!only_operands && strcmp(argv[i], "--") == 0)
			only_operands = true;
		else if (only_operands || argv[i][0] != '-' || !argv[i][1])
			argv[++operands] = argv[i];
		else
			used = take_option(self, &argv[i], options, count);
		if (used < 0)
			return -1;
		i += used;
	}
	return operands;
}
