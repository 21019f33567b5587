/* Names and proxies: what is looked up, how often, and that nobody waits for it. getaddrinfo(3) is
 * the test's: it answers when it is told to. */
#include "base/memory.h"
#include "cloud/proxy.h"
#include "cloud/resolve.h"
#include "testing.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

/* What getaddrinfo says, and how often it was asked. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool silent;
	int error, asked, inside;
	const char *address;
} names = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

int __wrap_getaddrinfo(
	const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **ret);
int __real_getaddrinfo(
	const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **ret);

int __wrap_getaddrinfo(
	const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **ret)
{
	const char *address;
	int error;

	(void)host;
	(void)pthread_mutex_lock(&names.lock);
	names.asked++;
	names.inside++;
	(void)pthread_cond_broadcast(&names.changed);
	while (names.silent)
		(void)pthread_cond_wait(&names.changed, &names.lock);
	error = names.error;
	address = names.address;
	(void)pthread_mutex_unlock(&names.lock);
	if (error == 0)
		error = __real_getaddrinfo(address, port, hints, ret);
	(void)pthread_mutex_lock(&names.lock);
	names.inside--;
	(void)pthread_cond_broadcast(&names.changed);
	(void)pthread_mutex_unlock(&names.lock);
	return error;
}

static void say(bool silent, int error, const char *address)
{
	(void)pthread_mutex_lock(&names.lock);
	names.silent = silent;
	names.error = error;
	names.address = address;
	(void)pthread_cond_broadcast(&names.changed);
	(void)pthread_mutex_unlock(&names.lock);
}

/* Until so many threads wait for an answer: one that starts late would be counted by the next test.
 */
static void await_inside(int count)
{
	(void)pthread_mutex_lock(&names.lock);
	while (names.inside < count)
		(void)pthread_cond_wait(&names.changed, &names.lock);
	(void)pthread_mutex_unlock(&names.lock);
}

static int asked(void)
{
	int count;

	(void)pthread_mutex_lock(&names.lock);
	count = names.asked;
	(void)pthread_mutex_unlock(&names.lock);
	return count;
}

static int set_up(void **state)
{
	struct resolver *r;

	say(false, 0, "192.0.2.1");
	names.asked = 0;
	if (resolver_new(&r, NULL) < 0)
		return -1;
	*state = r;
	return 0;
}

static int tear_down(void **state)
{
	resolver_free(*state);
	/* Threads that were abandoned end before the next test. */
	say(false, EAI_FAIL, NULL);
	(void)pthread_mutex_lock(&names.lock);
	while (names.inside > 0)
		(void)pthread_cond_wait(&names.changed, &names.lock);
	(void)pthread_mutex_unlock(&names.lock);
	return 0;
}

/* Lets a look-up end, and takes in what came of it. */
static void settle(struct resolver *r, int64_t now_s)
{
	struct pollfd p = {.fd = resolver_fd(r), .events = POLLIN};

	assert_int_equal(poll(&p, 1, 30000), 1);
	resolver_collect(r, now_s);
}

static void addresses_are_kept_for_a_minute(void **state)
{
	struct resolver *r = *state;
	const char *addresses;

	assert_int_equal(resolver_find(r, "a.example", 1000, true, &addresses, NULL), -EAGAIN);
	settle(r, 1000);
	assert_int_equal(resolver_find(r, "a.example", 1000, true, &addresses, NULL), 0);
	assert_string_equal(addresses, "192.0.2.1");
	assert_int_equal(resolver_find(r, "a.example", 1059, true, &addresses, NULL), 0);
	assert_int_equal(asked(), 1);
	say(false, 0, "192.0.2.2");
	assert_int_equal(resolver_find(r, "a.example", 1060, true, &addresses, NULL), -EAGAIN);
	settle(r, 1060);
	assert_int_equal(resolver_find(r, "a.example", 1060, true, &addresses, NULL), 0);
	assert_string_equal(addresses, "192.0.2.2");
}

static void a_name_is_asked_for_once_at_a_time_and_few_names_at_once(void **state)
{
	struct resolver *r = *state;
	const char *addresses;
	char host[32];

	say(true, 0, NULL);
	for (int turn = 0; turn < 3; turn++)
		for (int i = 0; i < 40; i++) {
			(void)snprintf(host, sizeof(host), "host%d.example", i);
			assert_int_equal(
				resolver_find(r, host, 1000 + turn, true, &addresses, NULL),
				-EAGAIN);
		}
	await_inside(16);
	say(false, EAI_AGAIN, NULL);
	settle(r, 1010);
	assert_int_equal(asked(), 16);
}

static void old_addresses_are_better_than_none(void **state)
{
	struct resolver *r = *state;
	const char *addresses;
	struct error err = {0};

	assert_int_equal(resolver_find(r, "a.example", 1000, true, &addresses, NULL), -EAGAIN);
	settle(r, 1000);
	say(true, 0, NULL);
	assert_int_equal(resolver_find(r, "a.example", 2000, true, &addresses, NULL), -EAGAIN);
	assert_int_equal(resolver_find(r, "a.example", 2010, false, &addresses, NULL), 0);
	assert_string_equal(addresses, "192.0.2.1");
	say(false, EAI_AGAIN, NULL);
	settle(r, 2020);
	assert_int_equal(resolver_find(r, "a.example", 2020, true, &addresses, NULL), 0);
	/* Within the hour. */
	assert_int_equal(resolver_find(r, "a.example", 4600, true, &addresses, &err), -EAGAIN);
	settle(r, 4600);
	assert_int_equal(
		resolver_find(r, "a.example", 4600, true, &addresses, &err), -EHOSTUNREACH);
	assert_non_null(strstr(err.text, "Could not resolve host: a.example ("));
}

static void a_failure_is_told_to_all_who_wait_and_then_tried_again(void **state)
{
	struct resolver *r = *state;
	const char *addresses;

	say(false, EAI_NONAME, NULL);
	assert_int_equal(resolver_find(r, "a.example", 1000, true, &addresses, NULL), -EAGAIN);
	settle(r, 1000);
	for (int i = 0; i < 3; i++)
		assert_int_equal(
			resolver_find(r, "a.example", 1000, true, &addresses, NULL), -EHOSTUNREACH);
	assert_int_equal(asked(), 1);
	assert_int_equal(resolver_find(r, "a.example", 1002, true, &addresses, NULL), -EAGAIN);
	settle(r, 1002);
	assert_int_equal(asked(), 2);
}

static void nobody_waits_for_threads_that_are_abandoned(void **state)
{
	struct resolver *r;
	const char *addresses;

	(void)state;
	say(true, 0, NULL);
	assert_int_equal(resolver_new(&r, NULL), 0);
	for (int i = 0; i < 4; i++) {
		char host[32];
		(void)snprintf(host, sizeof(host), "host%d.example", i);
		assert_int_equal(resolver_find(r, host, 1000, true, &addresses, NULL), -EAGAIN);
	}
	await_inside(4);
	resolver_free(r); /* else it hangs here */
}

static void proxies_are_found_as_libcurl_finds_them(void **state)
{
	static const struct {
		const char *list, *host;
		bool excluded;
	} cases[] = {
		{"*", "adb.example.com", true},
		{"example.com", "adb.example.com", true},
		{".example.com", "adb.example.com", true},
		{"other.org, EXAMPLE.com", "adb.example.com", true},
		{"ample.com", "adb.example.com", false},
		{"adb.example.com", "adb.example.com", true},
		{"adb.example.com.", "example.com", false},
		{"", "example.com", false},
		{",, .", "example.com", false},
		{"10.0.0.0/8", "10.200.1.2", true},
		{"10.0.0.0/8", "11.0.0.1", false},
		{"10.0.0.128/25", "10.0.0.127", false},
		{"10.1.2.3", "10.1.2.3", true},
		{"10.1.2.3/33", "10.1.2.3", false},
		{"10.1.2.3/x", "10.1.2.3", false},
		{"fd00::/8", "fd12::1", true},
		{"[fd12::1]", "fd12::1", true},
		{"fd00::/8", "10.0.0.1", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (proxy_is_excluded(cases[i].list, cases[i].host) != cases[i].excluded)
			fail_msg("%s: %s", cases[i].list, cases[i].host);
	(void)unsetenv("no_proxy");
	(void)unsetenv("NO_PROXY");
	(void)setenv("http_proxy", "http://plain:1", 1);
	(void)setenv("HTTPS_PROXY", "http://upper:1", 1);
	(void)unsetenv("https_proxy");
	assert_string_equal(proxy_find(true, "a.example"), "http://upper:1");
	assert_string_equal(proxy_find(false, "a.example"), "http://plain:1");
	(void)setenv("https_proxy", "http://lower:1", 1);
	assert_string_equal(proxy_find(true, "a.example"), "http://lower:1");
	(void)setenv("NO_PROXY", "a.example", 1);
	assert_null(proxy_find(true, "a.example"));
	(void)setenv("no_proxy", "b.example", 1);
	assert_string_equal(proxy_find(true, "a.example"), "http://lower:1");
}

TEST_FILE(resolve_test)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(addresses_are_kept_for_a_minute, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_name_is_asked_for_once_at_a_time_and_few_names_at_once, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			old_addresses_are_better_than_none, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_failure_is_told_to_all_who_wait_and_then_tried_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			nobody_waits_for_threads_that_are_abandoned, set_up, tear_down),
		cmocka_unit_test(proxies_are_found_as_libcurl_finds_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
