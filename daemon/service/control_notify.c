/* The method that tries the sinks: one message to each, and what came back. */
#include "service/control_internal.h"

/* Freed when the last sink has answered, which may be after the call was given up. */
struct notify_test {
	struct control *control; /* NULL: the call was answered */
	struct varlink_call *call;
	size_t count, left;
	struct result {
		bool taken;
		char *detail; /* owned */
	} * results;
};

static void reply(struct notify_test *t)
{
	struct text text = TEXT_INIT(65536);
	struct jsonwriter w = {.out = &text};

	json_object_begin(&w, NULL);
	json_array_begin(&w, "sinks");
	for (size_t i = 0; i < t->count; i++) {
		struct sink_status s;
		sinks_status(t->control->service->sinks, i, &s);
		json_object_begin(&w, NULL);
		json_string(&w, "sink", s.name);
		json_bool(&w, "taken", t->results[i].taken);
		json_string(&w, "text", t->results[i].detail);
		json_object_end(&w);
	}
	json_array_end(&w);
	json_object_end(&w);
	varlink_reply(t->call, text_take(&text));
}

static void end(struct notify_test *t)
{
	if (t->control) {
		t->control->notify_test = NULL;
		reply(t);
	}
	for (size_t i = 0; i < t->count; i++)
		free(t->results[i].detail);
	free(t->results);
	free(t);
}

static void on_done(void *data, size_t i, bool taken, const char *detail)
{
	struct notify_test *t = data;

	t->results[i].taken = taken;
	xstrset(&t->results[i].detail, detail);
	if (--t->left == 0)
		end(t);
}

void control_notify_cancel(struct control *c, const char *why)
{
	struct notify_test *t = c->notify_test;

	if (!t)
		return;
	c->notify_test = NULL;
	t->control = NULL;
	varlink_error_message(t->call, "Failed", why);
}

void control_notify(struct varlink_call *call, const cJSON *parameters, void *data)
{
	struct control *c = data;
	struct sinks *sinks = c->service->sinks;
	struct notify_test *t;

	(void)parameters;
	if (c->notify_test || c->service->context.stopping || sinks_count(sinks) == 0) {
		varlink_error_message(call, "Refused",
			c->notify_test ? "somebody else is trying them: try again in a minute"
				: sinks_count(sinks) == 0
				? "the policy names no sink: there is nobody to tell (see `notify` "
				  "in retaind.policy(5))"
				: "retaind is being stopped");
		return;
	}
	control_tell_asker(c, call, "notify --test", NULL, NULL);
	t = xcalloc(1, sizeof(*t));
	*t = (struct notify_test){.control = c, .call = call, .count = sinks_count(sinks)};
	t->results = xcalloc(t->count, sizeof(*t->results));
	t->left = t->count + 1; /* none ends it before all have begun */
	c->notify_test = t;
	for (size_t i = 0; i < t->count; i++)
		sinks_test(sinks, i, on_done, t);
	if (--t->left == 0)
		end(t);
}
