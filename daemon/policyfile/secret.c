/* Which keys and lines hold a secret. */
#include "policyfile/secret.h"

#include <ctype.h>
#include <string.h>

/* The name of a secret's key ends in one of these; `_`, `-` and case do not count. "token_file"
 * ends in none of them, and is no secret. */
static const char *const endings[] = {"secret", "secretkey", "token", "password", "passwd",
	"accesskey", "accesskeyid", "privatekey", "apikey", "url", "webhook", NULL};

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-';
}

static bool is_secret(const char *name, size_t length)
{
	char plain[64];
	size_t used = 0;

	for (size_t i = 0; i < length && used < sizeof(plain) - 1; i++)
		if (name[i] != '_' && name[i] != '-')
			plain[used++] = (char)tolower((unsigned char)name[i]);
	plain[used] = '\0';
	for (const char *const *ending = endings; *ending; ending++)
		if (used >= strlen(*ending) && strcmp(plain + used - strlen(*ending), *ending) == 0)
			return true;
	return false;
}

bool secret_key(const char *name)
{
	return is_secret(name, strlen(name));
}

struct line {
	const char *s;
	size_t length, indent;
};

static struct line get_line(const struct lines *s, uint32_t number)
{
	size_t begin = s->begins[number];
	size_t end = number + 1 < s->count ? s->begins[number + 1] : s->size;
	struct line l = {s->data + begin, end - begin, 0};

	while (l.length > 0 && strchr(" \t\r\n", l.s[l.length - 1]))
		l.length--;
	while (l.indent < l.length && l.s[l.indent] == ' ')
		l.indent++;
	return l;
}

/* The offset after "name:" of a secret's key; SIZE_MAX if there is none. */
static size_t find_value(const struct line *l)
{
	for (size_t i = 0; i < l->length; i++) {
		size_t word = i, end;
		while (i < l->length && is_word(l->s[i]))
			i++;
		end = i;
		while (i < l->length && strchr("\"' \t", l->s[i]))
			i++;
		if (i >= l->length || !strchr(":=", l->s[i]))
			i = end;
		else if (is_secret(l->s + word, end - word))
			return i + 1;
	}
	return SIZE_MAX;
}

/* The offset after "://" of a URL that names a user; SIZE_MAX if there is none. */
static size_t find_user(const struct line *l)
{
	for (size_t i = 3; i < l->length; i++) {
		size_t end = i;
		if (memcmp(l->s + i - 3, "://", 3) != 0)
			continue;
		while (end < l->length && !strchr("@/?#\"' \t", l->s[end]))
			end++;
		if (end < l->length && l->s[end] == '@')
			return i;
	}
	return SIZE_MAX;
}

/* The same of a URL where the name of a file is to stand that holds it: the URL of a webhook is a
 * secret. */
static size_t find_url(const struct line *l)
{
	for (size_t i = 5; i + 3 < l->length; i++)
		if (memcmp(l->s + i - 5, "_file", 5) == 0)
			for (size_t end = i; end + 3 <= l->length; end++)
				if (memcmp(l->s + end, "://", 3) == 0)
					return i;
	return SIZE_MAX;
}

/* True if this line may belong to the value of a secret's key in a line above: one that is indented
 * less than all lines between, or the line right above if nothing follows its key. */
static bool continues_secret(const struct lines *s, uint32_t number)
{
	struct line l = get_line(s, number);
	bool right_above = true;
	size_t indent = l.indent;

	while (number-- > 0 && (indent > 0 || right_above)) {
		size_t found;
		l = get_line(s, number);
		if (l.length == 0 || (l.indent >= indent && !right_above))
			continue;
		found = find_value(&l);
		if (found != SIZE_MAX && (l.indent < indent || found >= l.length))
			return true;
		indent = l.indent < indent ? l.indent : indent;
		right_above = false;
	}
	return false;
}

size_t secret_find(const struct lines *s, uint32_t line)
{
	struct line l = get_line(s, line);
	size_t value = find_value(&l), user = find_user(&l), url = find_url(&l);
	size_t found = value < user ? value : user;

	found = found < url ? found : url;

	if (continues_secret(s, line))
		return s->begins[line];
	return found == SIZE_MAX ? SIZE_MAX : s->begins[line] + found;
}
