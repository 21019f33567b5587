/* For LD_PRELOAD: calls of the C library that fail. The file named by FAULT_SHIM is mapped; a test
 * writes there which calls fail while the program runs, and reads how many did. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum call { CALL_WRITE, CALL_FSYNC, CALL_CONNECT, CALL_GETADDRINFO, CALL_MALLOC, CALL_COUNT };

struct rule {
	_Atomic uint32_t every; /* 0: none fails; n: each n-th */
	_Atomic int32_t error;  /* errno, or what getaddrinfo returns */
	_Atomic uint32_t calls, failed;
};

static struct rule *rules;

__attribute__((constructor)) static void map_rules(void)
{
	const char *path = getenv("FAULT_SHIM");
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *p = fd < 0 ? MAP_FAILED
			 : mmap(NULL, sizeof(struct rule) * CALL_COUNT, PROT_READ | PROT_WRITE,
				   MAP_SHARED, fd, 0);

	if (fd >= 0)
		(void)close(fd);
	if (p != MAP_FAILED)
		rules = p;
}

static int fails(enum call call, int *ret_error)
{
	uint32_t every, nth;

	if (!rules)
		return 0;
	every = atomic_load(&rules[call].every);
	nth = atomic_fetch_add(&rules[call].calls, 1) + 1;
	if (every == 0 || nth % every != 0)
		return 0;
	atomic_fetch_add(&rules[call].failed, 1);
	*ret_error = atomic_load(&rules[call].error);
	return 1;
}

static void *next(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

/* A function pointer out of the void pointer that dlsym() gives. */
#define NEXT(pointer, name)                                          \
	do {                                                         \
		if (!(pointer)) {                                    \
			void *symbol = next(name);                   \
			memcpy(&(pointer), &symbol, sizeof(symbol)); \
		}                                                    \
	} while (0)

ssize_t pwrite(int fd, const void *data, size_t size, off_t at)
{
	static ssize_t (*real)(int, const void *, size_t, off_t);
	int error;

	NEXT(real, "pwrite");
	if (!fails(CALL_WRITE, &error))
		return real(fd, data, size, at);
	if (size > 1 && error == ENOSPC)
		(void)real(fd, data, size / 2, at); /* the half of it that still had room */
	errno = error;
	return -1;
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at)
{
	return pwrite(fd, data, size, at);
}

int fsync(int fd)
{
	static int (*real)(int);
	int error;

	NEXT(real, "fsync");
	if (!fails(CALL_FSYNC, &error))
		return real(fd);
	errno = error;
	return -1;
}

int fdatasync(int fd)
{
	return fsync(fd);
}

int connect(int fd, __CONST_SOCKADDR_ARG to, socklen_t size)
{
	static int (*real)(int, __CONST_SOCKADDR_ARG, socklen_t);
	int error;

	NEXT(real, "connect");
	if (to.__sockaddr__->sa_family == AF_UNIX || !fails(CALL_CONNECT, &error))
		return real(fd, to, size);
	errno = error;
	return -1;
}

int getaddrinfo(
	const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **ret)
{
	static int (*real)(
		const char *, const char *, const struct addrinfo *, struct addrinfo **restrict);
	int error;

	NEXT(real, "getaddrinfo");
	return fails(CALL_GETADDRINFO, &error) ? error : real(name, service, hints, ret);
}

#ifndef FAULTSHIM_NO_MALLOC /* the sanitizers have their own */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

static int is_out_of_memory(void)
{
	int error;

	if (!fails(CALL_MALLOC, &error))
		return 0;
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t size)
{
	return is_out_of_memory() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return is_out_of_memory() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return is_out_of_memory() ? NULL : __libc_realloc(old, size);
}
#endif
