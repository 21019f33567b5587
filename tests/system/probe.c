/* Tries from inside the service's sandbox what a program that was taken over would try.
 *
 * Prints a line for each attempt: "allowed NAME" or "denied NAME". A test compares the lines with
 * the short list of attempts that the service itself needs. Run as the main process of a unit that
 * has the sandbox of retaind.service. Its arguments are the state directory, the runtime directory
 * and the state directory of another instance. */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static const char *state, *runtime, *sibling;

static void tell(bool allowed, const char *what, const char *where)
{
	(void)printf("%s %s%s%s\n", allowed ? "allowed" : "denied", what, *where ? " " : "", where);
	(void)fflush(stdout);
}

/* Creates a file in the directory, and leaves none. */
static void try_write(const char *dir)
{
	char path[512];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/.probe", dir);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0700);
	tell(fd >= 0, "write", dir);
	if (fd >= 0) {
		(void)close(fd);
		(void)unlink(path);
	}
}

static void try_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NONBLOCK);

	tell(fd >= 0, flags == O_RDONLY ? "read" : "open for writing", path);
	if (fd >= 0)
		(void)close(fd);
}

static void try_list(const char *dir)
{
	DIR *d = opendir(dir);

	tell(d != NULL, "list", dir);
	if (d)
		(void)closedir(d);
}

/* Runs `path` in a child. Status 127 is that of a child that could not. */
static bool runs(const char *path, char *const *argv)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);
		(void)dup2(null, 1);
		(void)dup2(null, 2);
		(void)execv(path, argv);
		_exit(127);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
		WEXITSTATUS(status) != 127;
}

static bool copy(int from, int to)
{
	char buffer[65536];
	ssize_t n;

	while ((n = read(from, buffer, sizeof(buffer))) > 0)
		if (write(to, buffer, (size_t)n) != n)
			return false;
	return n == 0;
}

/* A copy of this program, which ends at once when its name is "quit". */
static void try_exec_in(const char *dir)
{
	char path[512];
	char *const argv[] = {"quit", NULL};
	char *const by_loader[] = {"ld.so", path, NULL};
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), to;
	void *map = MAP_FAILED;

	(void)snprintf(path, sizeof(path), "%s/quit", dir);
	to = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0700);
	if (to < 0 || from < 0 || !copy(from, to)) {
		tell(false, "execute in", dir);
		return;
	}
	(void)close(to);
	(void)close(from);
	tell(runs(path, argv), "execute in", dir);
	tell(runs("/lib64/ld-linux-x86-64.so.2", by_loader), "execute by the loader in", dir);
	from = open(path, O_RDONLY | O_CLOEXEC);
	if (from >= 0)
		map = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, from, 0);
	tell(map != MAP_FAILED, "map code of", dir);
	tell(chmod(path, 04755) == 0, "set-user-ID in", dir);
	(void)close(from);
	(void)unlink(path);
}

static void try_files(void)
{
	static const char *const dirs[] = {"/", "/usr", "/usr/bin", "/usr/lib", "/etc",
		"/etc/retaind", "/boot", "/opt", "/srv", "/home", "/root", "/var", "/var/lib",
		"/var/log", "/var/cache", "/var/spool", "/run", "/run/lock", "/run/systemd",
		"/run/credentials", "/dev", "/dev/mqueue", "/sys", "/proc/sys/kernel"};
	static const char *const secrets[] = {"/etc/shadow", "/etc/credstore", "/proc/1/environ",
		"/proc/1/maps", "/proc/kallsyms", "/proc/kcore", "/dev/mem", "/dev/kmsg",
		"/dev/sda", "/dev/vda", "/dev/net/tun", "/dev/fuse", "/sys/kernel/debug",
		"/var/log/journal"};
	static const char *const knobs[] = {"/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger",
		"/sys/power/state", "/sys/fs/cgroup/cgroup.procs", "/proc/self/oom_score_adj"};

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		try_write(dirs[i]);
	for (size_t i = 0; i < ARRAY_SIZE(secrets); i++)
		try_open(secrets[i], O_RDONLY);
	for (size_t i = 0; i < ARRAY_SIZE(knobs) - 1; i++)
		try_open(knobs[i], O_WRONLY);
	try_write(state);
	try_write(runtime);
	try_write("/tmp");
	try_write("/var/tmp");
	try_write("/dev/shm");
	try_list(sibling);
	try_write(sibling);
}

static void try_programs(void)
{
	char *const argv[] = {"sh", "-c", "exit 0", NULL};
	static const char *const programs[] = {"/bin/sh", "/bin/bash", "/usr/bin/id",
		"/usr/bin/env", "/usr/bin/perl", "/usr/lib/systemd/systemd", "/usr/sbin/chroot"};
	const char *places[] = {
		state, runtime, "/tmp", "/var/tmp", "/dev/shm", "/run", "/dev/mqueue"};

	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		tell(runs(programs[i], argv), "execute", programs[i]);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		try_exec_in(places[i]);
}

static void try_memory(void)
{
	char *const argv[] = {"quit", NULL};
	char path[64];
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int fd = (int)syscall(SYS_memfd_create, "probe", 0);
	void *map = mmap(
		NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	tell(map != MAP_FAILED, "memory to write and execute", "");
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	tell(map != MAP_FAILED && mprotect(map, 4096, PROT_READ | PROT_EXEC) == 0,
		"make memory executable", "");
	tell(fd >= 0, "memfd_create", "");
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	tell(fd >= 0 && copy(from, fd) && runs(path, argv), "execute a memfd", "");
	(void)close(from);
}

#define SYSCALL(name, ...) tell(syscall(SYS_##name, __VA_ARGS__) >= 0 || !is_refusal(), #name, "")

/* Any other error than these means that the kernel began to look at the arguments. */
static bool is_refusal(void)
{
	return errno == EPERM || errno == EACCES || errno == ENOSYS;
}

static void try_calls(void)
{
	char word = 0;
	struct iovec local = {&word, 1}, remote = {&word, 1};
	struct timespec ts = {.tv_nsec = -1}; /* so that a call that is let through sets nothing */
	struct timeval tv = {.tv_usec = -1};
	struct timex tx = {.modes = ADJ_SETOFFSET, .time = {.tv_usec = -1}};
	struct sched_param sp = {.sched_priority = 1};
	struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};

	SYSCALL(memfd_secret, 0);
	SYSCALL(process_vm_readv, getpid(), &local, 1, &remote, 1, 0);
	SYSCALL(process_vm_writev, getpid(), &local, 1, &remote, 1, 0);
	SYSCALL(ptrace, PTRACE_ATTACH, getppid(), 0, 0);
	SYSCALL(add_key, "user", "probe", &word, 1, KEY_SPEC_PROCESS_KEYRING);
	SYSCALL(request_key, "user", "probe", NULL, 0);
	SYSCALL(keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 1);
	SYSCALL(userfaultfd, O_CLOEXEC | 1);
	SYSCALL(bpf, 0, NULL, 0);
	SYSCALL(perf_event_open, NULL, 0, -1, -1, 0);
	SYSCALL(io_uring_setup, 1, NULL);
	SYSCALL(pidfd_getfd, -1, 0, 0);
	SYSCALL(kcmp, getpid(), getpid(), 0, 0, 0);
	SYSCALL(setns, -1, 0);
	SYSCALL(chroot, "/tmp");
	SYSCALL(pivot_root, "/tmp", "/tmp");
	SYSCALL(mount, "none", "/tmp", "tmpfs", 0, NULL);
	SYSCALL(umount2, "/tmp", 0);
	SYSCALL(move_mount, -1, "", -1, "", 0);
	SYSCALL(open_tree, -1, "", 0);
	SYSCALL(fsopen, "tmpfs", 0);
	SYSCALL(setuid, 0);
	SYSCALL(setgid, 0);
	SYSCALL(setresuid, 0, 0, 0);
	SYSCALL(setgroups, 0, NULL);
	SYSCALL(capset, NULL, NULL);
	SYSCALL(mknodat, AT_FDCWD, "/tmp/.probe-node", S_IFCHR | 0600, makedev(1, 3));
	SYSCALL(personality, PER_LINUX32);
	SYSCALL(reboot, 0, 0, 0, NULL);
	SYSCALL(swapon, "/tmp/none", 0);
	SYSCALL(init_module, NULL, 0, "");
	SYSCALL(finit_module, -1, "", 0);
	SYSCALL(delete_module, "none", 0);
	SYSCALL(kexec_load, 0, 0, NULL, 0);
	SYSCALL(iopl, 3);
	SYSCALL(ioperm, 0, 1, 1);
	SYSCALL(settimeofday, &tv, NULL);
	SYSCALL(clock_settime, CLOCK_REALTIME, &ts);
	SYSCALL(clock_adjtime, CLOCK_REALTIME, &tx);
	SYSCALL(sethostname, "probe", -1);
	SYSCALL(setdomainname, "probe", -1);
	SYSCALL(syslog, 3, NULL, 0);
	SYSCALL(sched_setscheduler, 0, SCHED_FIFO, &sp);
	SYSCALL(setpriority, PRIO_PROCESS, 0, -5);
	SYSCALL(setrlimit, RLIMIT_CORE, &limit);
	SYSCALL(acct, NULL);
	SYSCALL(quotactl, 0, NULL, 0, NULL);
	SYSCALL(open_by_handle_at, -1, NULL, 0);
	SYSCALL(fanotify_init, 0, 0);
	SYSCALL(lookup_dcookie, 0, NULL, 0);
	SYSCALL(modify_ldt, 0, NULL, 0);
	SYSCALL(vhangup, 0);
	SYSCALL(unshare, CLONE_NEWUSER);
	SYSCALL(unshare, CLONE_NEWNS);
	SYSCALL(unshare, CLONE_NEWNET);
	SYSCALL(unshare, CLONE_NEWPID);
	SYSCALL(move_pages, 0, 0, NULL, NULL, NULL, 0);
	SYSCALL(mbind, NULL, 0, 0, NULL, 0, 0);
	SYSCALL(kill, 1, 0);
}

static void try_socket(const char *name, int family, int type, int protocol)
{
	int fd = socket(family, type | SOCK_CLOEXEC, protocol);

	tell(fd >= 0, "socket", name);
	if (fd >= 0)
		(void)close(fd);
}

/* A datagram shows whether the address is let through, with nobody there to answer. */
static void try_send(const char *address)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)inet_pton(AF_INET, address, &to.sin_addr);
	tell(sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)) == 1 || errno != EPERM,
		"send to", address);
	(void)close(fd);
}

static void try_bind(int port)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	char name[16];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(name, sizeof(name), "%d", port);
	tell(bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0, "bind", name);
	(void)close(fd);
}

static void try_connect(const char *path)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	tell(connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0, "connect to", path);
	(void)close(fd);
}

static void try_network(void)
{
	static const char *const addresses[] = {"127.0.0.1", "10.0.0.1", "100.100.100.200",
		"169.254.169.254", "169.254.0.1", "224.0.0.1", "239.255.255.250", "240.0.0.1",
		"255.255.255.255"};

	try_socket("AF_UNIX", AF_UNIX, SOCK_STREAM, 0);
	try_socket("AF_INET", AF_INET, SOCK_STREAM, 0);
	try_socket("AF_INET6", AF_INET6, SOCK_STREAM, 0);
	try_socket("AF_NETLINK", AF_NETLINK, SOCK_RAW, 0);
	try_socket("AF_PACKET", AF_PACKET, SOCK_RAW, 0);
	try_socket("AF_VSOCK", AF_VSOCK, SOCK_STREAM, 0);
	try_socket("AF_ALG", AF_ALG, SOCK_SEQPACKET, 0);
	try_socket("AF_BLUETOOTH", AF_BLUETOOTH, SOCK_RAW, 0);
	try_socket("raw", AF_INET, SOCK_RAW, IPPROTO_ICMP);
	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++)
		try_send(addresses[i]);
	try_bind(80);
	try_bind(9120);
	try_connect("/run/dbus/system_bus_socket");
	try_connect("/run/systemd/private");
}

static void try_processes(void)
{
	DIR *d = opendir("/proc");
	int others = 0;

	for (struct dirent *e; d && (e = readdir(d));)
		others += atoi(e->d_name) > 0 && atoi(e->d_name) != getpid();
	tell(others > 0, "see other processes", "");
	if (d)
		(void)closedir(d);
	tell(prctl(PR_CAPBSET_READ, 21) == 1, "keep CAP_SYS_ADMIN", "");
}

int main(int argc, char **argv)
{
	if (strcmp(argv[0], "quit") == 0 || strstr(argv[0], "/quit") ||
		strncmp(argv[0], "/proc/self/fd", 13) == 0)
		return 0;
	if (argc != 4)
		return 2;
	state = argv[1];
	runtime = argv[2];
	sibling = argv[3];
	try_files();
	try_programs();
	try_memory();
	try_calls();
	try_network();
	try_processes();
	return 0;
}
