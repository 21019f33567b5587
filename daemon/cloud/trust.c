/* Notices that a file of certificate authorities has changed. */
#include "cloud/trust.h"

#include "base/memory.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file as it was at the last look; all zero if there was none. */
struct authorities {
	struct authorities *next;
	char *path;
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec changed;
	int64_t changed_ms;
};

struct sessions {
	struct sessions *next;
	CURLSH *handle;
};

struct trust {
	struct authorities *files;
	struct sessions *sessions; /* the first one is in use; the others are freed when possible */
};

static bool add_sessions(struct trust *t)
{
	struct sessions *s = xcalloc(1, sizeof(*s));

	s->handle = curl_share_init();
	if (!s->handle ||
		curl_share_setopt(s->handle, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION) !=
			CURLSHE_OK) {
		(void)curl_share_cleanup(s->handle);
		free(s);
		return false;
	}
	s->next = t->sessions;
	t->sessions = s;
	return true;
}

struct trust *trust_new(void)
{
	struct trust *t = xcalloc(1, sizeof(*t));

	if (add_sessions(t))
		return t;
	free(t);
	return NULL;
}

void trust_free(struct trust *t)
{
	if (!t)
		return;
	while (t->files) {
		struct authorities *a = t->files;
		t->files = a->next;
		free(a->path);
		free(a);
	}
	while (t->sessions) {
		struct sessions *s = t->sessions;
		t->sessions = s->next;
		(void)curl_share_cleanup(s->handle);
		free(s);
	}
	free(t);
}

const char *trust_bundle(void)
{
	const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);

	return v->age >= CURLVERSION_SEVENTH && v->cainfo && access(v->cainfo, R_OK) == 0
		? v->cainfo
		: NULL;
}

/* Notes how the file is now. True if it has changed. */
static bool differs(struct authorities *a)
{
	struct authorities before = *a;
	struct stat st;

	if (stat(a->path, &st) < 0)
		memset(&st, 0, sizeof(st));
	a->device = st.st_dev;
	a->inode = st.st_ino;
	a->size = st.st_size;
	a->changed = st.st_ctim;
	return a->device != before.device || a->inode != before.inode || a->size != before.size ||
		a->changed.tv_sec != before.changed.tv_sec ||
		a->changed.tv_nsec != before.changed.tv_nsec;
}

int64_t trust_changed_ms(struct trust *t, const char *ca_file, int64_t now_ms)
{
	const char *path = ca_file ? ca_file : trust_bundle();
	struct authorities *a = t->files;

	if (!path)
		return 0; /* libcurl reads a folder anew for each connection */
	while (a && strcmp(a->path, path) != 0)
		a = a->next;
	if (!a) {
		a = xcalloc(1, sizeof(*a));
		a->path = xstrdup(path);
		a->next = t->files;
		t->files = a;
		(void)differs(a);
	} else if (differs(a)) {
		a->changed_ms = now_ms;
		(void)add_sessions(t);
	}
	return a->changed_ms;
}

CURLSH *trust_sessions(struct trust *t)
{
	return t->sessions->handle;
}

void trust_sweep(struct trust *t)
{
	struct sessions **at = &t->sessions->next;

	while (*at) {
		struct sessions *s = *at;
		if (curl_share_cleanup(s->handle) != CURLSHE_OK) {
			at = &s->next; /* in use */
			continue;
		}
		*at = s->next;
		free(s);
	}
}
