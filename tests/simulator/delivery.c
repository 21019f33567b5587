/* Sends a reply as the fault wants it: whole, cut, a byte at a time, or not at all. */
#include "delivery.h"

#include "stamp.h"

#include <sys/socket.h>

/* The body of a response that is not simply sent. */
struct stream {
	char *data;
	size_t length; /* bytes to send; then the connection breaks, if `breaks` */
	bool breaks;
	size_t at_once; /* 0: no limit */
	int64_t pause_us;
	bool paused;
	delivery_pause *pause;
	void *pause_data;
};

static ssize_t read_stream(void *context, uint64_t position, char *to, size_t room)
{
	struct stream *s = context;
	size_t left = position < s->length ? s->length - (size_t)position : 0;
	size_t n = left < room ? left : room;

	if (left == 0)
		return s->breaks ? MHD_CONTENT_READER_END_WITH_ERROR
				 : MHD_CONTENT_READER_END_OF_STREAM;
	if (s->at_once > 0) {
		s->paused = !s->paused;
		if (s->paused) {
			s->pause(s->pause_data, s->pause_us);
			return 0;
		}
		n = n < s->at_once ? n : s->at_once;
	}
	memcpy(to, s->data + position, n);
	return (ssize_t)n;
}

static void free_stream(void *context)
{
	struct stream *s = context;

	free(s->data);
	free(s);
}

static struct MHD_Response *make_response(const struct reply *r, delivery_pause *pause, void *data)
{
	size_t length = r->cut ? r->cut_at : r->length;
	struct stream *s;

	if (!(r->cut && r->cut_declared) && r->slow_bytes == 0)
		return MHD_create_response_from_buffer(length, r->body, MHD_RESPMEM_MUST_COPY);
	s = xcalloc(1, sizeof(*s));
	*s = (struct stream){
		.data = xmalloc(r->length + 1),
		.length = length,
		.breaks = r->cut && r->cut_declared,
		.at_once = r->slow_bytes,
		.pause_us = r->slow_us,
		.pause = pause,
		.pause_data = data,
	};
	memcpy(s->data, r->body, r->length);
	return MHD_create_response_from_callback(
		s->breaks ? r->length : length, 4096, read_stream, s, free_stream);
}

static void add_headers(struct MHD_Response *response, const struct reply *r, int64_t now_us)
{
	char date[STAMP_SIZE];

	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, r->content_type);
	if (r->date_raw) {
		MHD_add_response_header(response, MHD_HTTP_HEADER_DATE, r->date_raw);
	} else if (!r->date_absent) {
		stamp_print(now_us + r->date_shift_us, STAMP_HTTP, date);
		MHD_add_response_header(response, MHD_HTTP_HEADER_DATE, date);
	}
	for (size_t i = 0; i < r->header_count; i++)
		MHD_add_response_header(response, r->headers[i].name, r->headers[i].value);
}

/* Linux answers a connect() to AF_UNSPEC on a connected TCP socket by aborting it: RST. */
static void reset_connection(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct sockaddr nowhere = {.sa_family = AF_UNSPEC};

	(void)connect(info->connect_fd, &nowhere, sizeof(nowhere));
}

enum MHD_Result delivery_send(struct MHD_Connection *connection, const struct reply *r,
	int64_t now_us, delivery_pause *pause, void *data)
{
	struct MHD_Response *response;
	enum MHD_Result result;

	if (r->delivery == DELIVER_RESET)
		reset_connection(connection);
	if (r->delivery != DELIVER_ANSWER)
		return MHD_NO;
	response = make_response(r, pause, data);
	if (!response)
		return MHD_NO;
	add_headers(response, r, now_us);
	result = MHD_queue_response(connection, (unsigned)r->status, response);
	MHD_destroy_response(response);
	return result;
}
