/* Reads the URL and the secret of a sink. */
#include "service/sink_files.h"

#include "cloud/keyfile.h"
#include "notify/request.h"
#include "policyfile/read_sinks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A name stands for a credential of the unit, whose mode is the service manager's. */
static int read_secret(const char *file, char **ret, struct error *err)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	_cleanup_free_ char *path = NULL;
	int r;

	if (*file != '/' && !folder)
		return error_set(err, ENOENT,
			"%s is no credential: the service was started without any "
			"(LoadCredential=)",
			file);
	path = *file == '/' ? xstrdup(file) : xasprintf("%s/%s", folder, file);
	r = keyfile_read(path, *file == '/', ret, err);
	if (r == -ENOENT)
		return error_set(err, ENOENT, "there is no file %s", path);
	if (r < 0)
		return r;
	keyfile_trim(*ret);
	if (!**ret)
		return error_set(err, EINVAL, "the file %s is empty", path);
	return 0;
}

int sink_files_read(const struct sink *given, char **url, char **secret, struct error *err)
{
	int r = read_secret(given->url_file, url, err);

	if (r == 0 && notify_url_check(*url, err) < 0)
		r = error_add(err, "url_file %s", given->url_file);
	if (r == 0 && given->secret_file && strcmp(given->secret_file, SINK_NO_SECRET) != 0)
		r = read_secret(given->secret_file, secret, err);
	return r;
}
