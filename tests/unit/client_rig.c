/* Begins and ends a client with its server, and waits for answers. */
#include "client_rig.h"

#include "testing.h"

#include <signal.h>
#include <time.h>

int rig_set_up(void **state)
{
	(void)state;
	(void)signal(SIGPIPE, SIG_IGN);
	(void)unsetenv("CREDENTIALS_DIRECTORY");
	(void)setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", ID, 1);
	(void)setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", SECRET, 1);
	(void)setenv("ALIBABA_CLOUD_SECURITY_TOKEN", TOKEN, 1);
	/* A proxy that is not there: loopback must not be asked for through it. */
	(void)setenv("http_proxy", "http://127.0.0.1:1", 1);
	(void)setenv("https_proxy", "http://127.0.0.1:1", 1);
	return 0;
}

void rig_done(void *data, const struct client_result *result)
{
	struct got *g = data;

	g->calls++;
	g->answer = *result->answer;
	if (result->page) {
		g->total = result->page->total;
		(void)snprintf(
			g->first_id, sizeof(g->first_id), "%s", set_id(&result->page->inv, 0));
	}
	if (result->policy)
		g->days = result->policy->days;
	if (g->chain)
		client_create_backup(
			g->chain->client, TARGET(g->chain, NULL), NOW_S, rig_done, g->chain_to);
	if (g->free_this) {
		client_free(*g->free_this);
		*g->free_this = NULL;
	}
}

void rig_begin(struct rig *b, bool tls, const struct wire_step *steps, size_t count,
	const struct rig_options *with)
{
	struct rig_options o = with ? *with : (struct rig_options){0};
	struct error err = {0};
	char endpoint[64];

	wire_start(&b->server, tls, steps, count);
	(void)snprintf(endpoint, sizeof(endpoint), "%s://127.0.0.1:%d", tls ? "https" : "http",
		b->server.port);
	if (!o.endpoint)
		o.endpoint = endpoint;
	if (tls && !o.ca_file)
		o.ca_file = b->server.ca_file;
	/* Where a test says nothing, no machine is too slow for an answer. */
	if (client_new(
		    &(struct client_options){
			    .connect_timeout_s = o.connect_timeout_s ? o.connect_timeout_s : 600,
			    .total_timeout_s = o.total_timeout_s ? o.total_timeout_s : 600,
			    .connection_lifetime_s = o.connection_lifetime_s},
		    &b->client, &err) < 0 ||
		client_add_account(b->client,
			&(struct client_account_options){
				.name = "default", .endpoint = o.endpoint, .ca_file = o.ca_file},
			&b->account, &err) < 0)
		fail_msg("%s", err.text);
}

void rig_end(struct rig *b)
{
	client_free(b->client);
	wire_stop(&b->server);
}

void rig_finish(struct client *c)
{
	time_t begun = time(NULL);

	while (client_pending(c) > 0) {
		assert_int_equal(client_turn(c, -1, 1000, NULL), 0);
		assert_true(time(NULL) - begun < 30);
	}
}

struct answer rig_describe(struct rig *b)
{
	struct got g = {0};

	client_describe_backups(
		b->client, TARGET(b, NULL), NOW_S - 100, NOW_S, 1, NOW_S, rig_done, &g);
	rig_finish(b->client);
	assert_int_equal(g.calls, 1);
	return g.answer;
}

struct answer rig_create(struct rig *b)
{
	struct got g = {0};

	client_create_backup(b->client, TARGET(b, "cn-hangzhou"), NOW_S, rig_done, &g);
	rig_finish(b->client);
	assert_int_equal(g.calls, 1);
	return g.answer;
}
