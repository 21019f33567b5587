#include "ctl/files.h"

#include "ctl/command.h"
#include "ctl/terminal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#define CLOUD_DAYS_MAX 36500
#define MESSAGES_MAX_BYTES (4 * 1024 * 1024)

struct policyfile *files_load_policy(const char *path)
{
	_cleanup_(text_done) struct text messages = TEXT_INIT(MESSAGES_MAX_BYTES);
	struct policyfile *f = NULL;

	if (policyfile_load(path, &f, &messages, NULL) >= 0)
		return f;
	terminal_print_messages(messages.s ? messages.s : "");
	return NULL;
}

struct policy *files_find_cluster(const struct policyfile *f, const char *id_or_name)
{
	struct policy *p = policyfile_find(f, id_or_name);
	_cleanup_free_ const char **names = NULL;
	const char *nearest;

	if (p)
		return p;
	names = xcalloc(2 * f->cluster_count + 1, sizeof(*names));
	for (size_t i = 0; i < f->cluster_count; i++) {
		names[2 * i] = f->clusters[i]->name;
		names[2 * i + 1] = f->clusters[i]->cluster;
	}
	nearest = text_nearest(id_or_name, names);
	(void)command_failed("no cluster '%s' in %s%s%s%s%s", id_or_name, f->path,
		nearest ? " (did you mean '" : "", nearest ? nearest : "", nearest ? "'?)" : "",
		f->discovery_count ? "; those that `discover` finds are known to the daemon alone"
				   : "");
	return NULL;
}

int files_read(const char *path, struct text *ret, struct error *err)
{
	bool standard = strcmp(path, "-") == 0;
	FILE *f = standard ? stdin : fopen(path, "re");
	char buffer[65536];
	size_t n;
	int r = 0;

	if (!f)
		return error_set(err, errno, "%s cannot be read: %s", path, strerror(errno));
	errno = 0;
	while ((n = fread(buffer, 1, sizeof(buffer), f)) > 0)
		text_add_bytes(ret, buffer, n);
	if (ferror(f))
		r = error_set(
			err, errno ? errno : EIO, "%s cannot be read: %s", path, strerror(errno));
	else if (ret->full)
		r = error_set(err, EFBIG, "%s is larger than %zu bytes", path, ret->max);
	if (!standard)
		(void)fclose(f);
	return r;
}

void files_add_minute(struct text *out, const struct zone *z, int64_t instant_s)
{
	struct civil c;

	civil_from_seconds(zone_local(z, instant_s), &c);
	text_printf(
		out, "%04" PRId64 "-%02d-%02d %02d:%02d", c.year, c.month, c.day, c.hour, c.minute);
}

bool files_parse_cloud_days(const char *s, int64_t *ret_s)
{
	uint64_t days;

	if (!text_to_u64(s, &days) || days > CLOUD_DAYS_MAX)
		return false;
	*ret_s = (int64_t)days * 86400;
	return true;
}
