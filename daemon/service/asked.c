/* Who asked for something that changes what the daemon does. */
#include "service/asked.h"

#include "service/now.h"

#include <pwd.h>
#include <stdio.h>

static void close_file(FILE **f)
{
	if (*f)
		(void)fclose(*f);
}

/* By /etc/passwd alone: getpwuid() may ask a server, and wait for it. NULL: it does not say. */
static char *name_of(uid_t uid)
{
	_cleanup_(close_file) FILE *f = fopen("/etc/passwd", "re");
	struct passwd *p = NULL;

	while (f && (p = fgetpwent(f)) && p->pw_uid != uid)
		;
	return f && p ? xstrdup(p->pw_name) : NULL;
}

char *asked_who(const struct asker *who)
{
	_cleanup_free_ char *name = name_of(who->uid);

	return xasprintf("%s%suid %u%s", name ? name : "", name ? " (" : "", (unsigned)who->uid,
		name ? ")" : "");
}

void asked_tell(struct context *context, const struct asker *who, const char *what,
	struct cluster *c, const char *plan)
{
	_cleanup_free_ char *name = asked_who(who);
	_cleanup_free_ char *by = xasprintf("asked for by %s, process %d", name, (int)who->pid);
	const struct entry e = {.kind = ENTRY_ASKED,
		.at_s = now_moment().wall_s,
		.outcome = what,
		.reason = by,
		.plan = plan};

	journal_say(&context->journal, MESSAGE_ASKED, LEVEL_NOTICE, "%s%s%s: %s",
		c ? c->policy->name : "", c ? ": " : "", what, by);
	cluster_tell_history(context, c ? c->policy->cluster : "", &e);
}
