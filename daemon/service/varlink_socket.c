/* The socket itself, and who is at its other end. */
#include "service/varlink_internal.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 64

gid_t varlink_group(const char *name)
{
	char buffer[16 * 1024];
	struct group group, *found = NULL;

	if (!name || getgrnam_r(name, &group, buffer, sizeof(buffer), &found) != 0 || !found)
		return (gid_t)-1;
	return found->gr_gid;
}

static void fd_closep(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

/* Makes way for a new socket: a file that nobody listens on is left from a crash. */
static int remove_stale(const struct sockaddr_un *address, struct error *err)
{
	const char *path = address->sun_path;
	_cleanup_(fd_closep) int fd = -1;
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : error_set(err, errno, "%s: %s", path, strerror(errno));
	if (!S_ISSOCK(st.st_mode))
		return error_set(err, EEXIST, "%s: is there already, and is not a socket", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return error_set(err, errno, "%s: %s", path, strerror(errno));
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 || errno == EAGAIN)
		return error_set(err, EADDRINUSE, "%s: another retaind is already running", path);
	if (errno != ECONNREFUSED && errno != ENOENT)
		return error_set(err, errno, "%s: cannot tell whether it is in use: %s", path,
			strerror(errno));
	if (unlink(path) < 0 && errno != ENOENT)
		return error_set(
			err, errno, "%s: cannot remove the old socket: %s", path, strerror(errno));
	return 0;
}

int varlink_socket_listen(const struct varlink_options *o, gid_t group, int *ret_fd,
	struct stat *ret_socket, struct error *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	_cleanup_(fd_closep) int fd = -1;
	mode_t before;
	int r;

	if (strlen(o->path) >= sizeof(address.sun_path))
		return error_set(err, ENAMETOOLONG,
			"%s: longer than %zu bytes, the most for a socket", o->path,
			sizeof(address.sun_path) - 1);
	memcpy(address.sun_path, o->path, strlen(o->path));
	r = remove_stale(&address, err);
	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return error_set(err, errno, "%s: %s", o->path, strerror(errno));
	/* Nobody may connect before owner and mode are right. */
	before = umask(0777);
	r = bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
	(void)umask(before);
	if (r < 0)
		return error_set(err, -r, "%s: cannot bind: %s", o->path, strerror(-r));
	/* Without the right to give it away the socket keeps our own group. */
	if (group != (gid_t)-1 && lchown(o->path, (uid_t)-1, group) < 0)
		errno = 0;
	if (chmod(o->path, o->mode) < 0 || listen(fd, BACKLOG) < 0 ||
		lstat(o->path, ret_socket) < 0) {
		r = error_set(err, errno, "%s: cannot listen: %s", o->path, strerror(errno));
		(void)unlink(o->path);
		return r;
	}
	*ret_fd = fd;
	fd = -1;
	return 0;
}

static bool in_group(int fd, gid_t primary, gid_t group)
{
	_cleanup_free_ gid_t *groups = NULL;
	socklen_t size = 0;

	if (group == (gid_t)-1)
		return false;
	if (primary == group)
		return true;
	/* The kernel's list of the groups at connect(): the first call asks for its length. */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &size) == 0 || errno != ERANGE)
		return false;
	groups = xmalloc(size);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) < 0)
		return false;
	for (size_t i = 0; i < size / sizeof(*groups); i++)
		if (groups[i] == group)
			return true;
	return false;
}

bool varlink_socket_peer(int fd, gid_t group, struct connection *ret)
{
	struct ucred who;
	socklen_t size = sizeof(who);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) < 0)
		return false;
	ret->uid = who.uid;
	ret->pid = who.pid;
	ret->privileged = who.uid == 0 || who.uid == geteuid();
	ret->permitted = ret->privileged || in_group(fd, who.gid, group);
	return true;
}
