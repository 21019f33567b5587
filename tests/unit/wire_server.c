/* Serves a script of bytes over TCP or TLS, in a thread. */
#include "wire_server.h"

#include "base/memory.h"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define REQUEST_MAX 65536

static void must(bool well)
{
	if (!well)
		abort();
}

static void add_extension(X509 *certificate, int what, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, what, value);

	must(e && X509_add_ext(certificate, e, -1));
	X509_EXTENSION_free(e);
}

/* A key, and a certificate for 127.0.0.1 that it signs itself. */
static SSL_CTX *make_tls(char ca_file[64])
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = X509_new();
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	int fd;
	FILE *f;

	must(key && certificate && ctx);
	must(X509_set_version(certificate, 2));
	must(ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1));
	must(X509_gmtime_adj(X509_getm_notBefore(certificate), -86400) != NULL);
	must(X509_gmtime_adj(X509_getm_notAfter(certificate), 86400) != NULL);
	must(X509_set_pubkey(certificate, key));
	must(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
		(const unsigned char *)"loopback", -1, -1, 0));
	must(X509_set_issuer_name(certificate, X509_get_subject_name(certificate)));
	add_extension(certificate, NID_subject_alt_name, "IP:127.0.0.1");
	add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
	must(X509_sign(certificate, key, EVP_sha256()) > 0);
	must(SSL_CTX_use_certificate(ctx, certificate) == 1);
	must(SSL_CTX_use_PrivateKey(ctx, key) == 1);

	strcpy(ca_file, "/tmp/wire-server-XXXXXX");
	fd = mkstemp(ca_file);
	f = fdopen(fd, "w");
	must(f && PEM_write_X509(f, certificate) == 1 && fclose(f) == 0);
	X509_free(certificate);
	EVP_PKEY_free(key);
	return ctx;
}

struct peer {
	int fd;
	SSL *tls;
};

static ssize_t receive(const struct peer *p, char *to, size_t size)
{
	return p->tls ? SSL_read(p->tls, to, (int)size) : recv(p->fd, to, size, 0);
}

static bool put(const struct peer *p, const char *data, size_t length)
{
	while (length > 0) {
		ssize_t n = p->tls ? SSL_write(p->tls, data, (int)length)
				   : send(p->fd, data, length, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
		data += n;
		length -= (size_t)n;
	}
	return true;
}

/* What a request has behind its head, by its Content-Length. */
static size_t body_length(const char *head)
{
	const char *field = strcasestr(head, "\r\nContent-Length:");

	return field ? strtoul(field + strlen("\r\nContent-Length:"), NULL, 10) : 0;
}

/* One request; NULL when the client is gone. */
static char *read_request(const struct peer *p)
{
	char *request = calloc(1, REQUEST_MAX), *end;
	size_t length = 0;

	while (!(end = strstr(request, "\r\n\r\n")) ||
		length < (size_t)(end + 4 - request) + body_length(request)) {
		ssize_t n = receive(p, request + length, REQUEST_MAX - 1 - length);
		if (n <= 0) {
			free(request);
			return NULL;
		}
		length += (size_t)n;
	}
	return request;
}

static struct wire_step keep_request(struct wire_server *s, char *request, int connection)
{
	struct wire_step step;
	size_t at;

	(void)pthread_mutex_lock(&s->lock);
	at = s->request_count++;
	must(at < WIRE_MAX);
	s->requests[at] = request;
	s->connection_of[at] = connection;
	step = s->steps[at < s->step_count ? at : s->step_count - 1];
	(void)pthread_mutex_unlock(&s->lock);
	return step;
}

static bool answer(const struct peer *p, const struct wire_step *step)
{
	char head[256];

	if (!step->body)
		return !step->reply || put(p, step->reply, strlen(step->reply));
	(void)snprintf(head, sizeof(head),
		"HTTP/1.1 %s\r\nDate: Sat, 21 Nov 2026 00:00:00 GMT\r\nContent-Length: %zu\r\n\r\n",
		step->reply, strlen(step->body));
	return put(p, head, strlen(head)) && put(p, step->body, strlen(step->body));
}

static void hang(const struct peer *p)
{
	char c;

	while (recv(p->fd, &c, 1, 0) > 0)
		;
}

static void talk(struct wire_server *s, struct peer *p, int connection)
{
	char filler[4096];
	char *request;

	memset(filler, 'x', sizeof(filler));
	if (s->deaf) {
		hang(p);
		return;
	}
	if (p->tls && SSL_accept(p->tls) != 1)
		return;
	(void)pthread_mutex_lock(&s->lock);
	s->resumed_count += p->tls && SSL_session_reused(p->tls);
	(void)pthread_mutex_unlock(&s->lock);
	while ((request = read_request(p))) {
		struct wire_step step = keep_request(s, request, connection);
		if (!answer(p, &step))
			return;
		for (size_t left = step.filler; left > 0;) {
			size_t n = left < sizeof(filler) ? left : sizeof(filler);
			if (!put(p, filler, n))
				return;
			left -= n;
		}
		if (step.then == WIRE_KEEP)
			continue;
		if (step.then == WIRE_HANG)
			hang(p);
		if (step.then == WIRE_RESET)
			(void)setsockopt(p->fd, SOL_SOCKET, SO_LINGER,
				&(struct linger){.l_onoff = 1, .l_linger = 0},
				sizeof(struct linger));
		return;
	}
}

struct job {
	struct wire_server *server;
	int connection, fd;
};

static void *serve(void *data)
{
	struct job job = *(struct job *)data;
	struct wire_server *s = job.server;
	struct peer p = {.fd = job.fd};

	free(data);
	if (s->tls) {
		p.tls = SSL_new(s->tls);
		must(p.tls && SSL_set_fd(p.tls, p.fd));
	}
	talk(s, &p, job.connection);
	if (p.tls)
		SSL_free(p.tls);
	(void)pthread_mutex_lock(&s->lock);
	s->connections[job.connection] = -1;
	(void)close(p.fd);
	(void)pthread_mutex_unlock(&s->lock);
	return NULL;
}

static void *listen_on(void *data)
{
	struct wire_server *s = data;
	int fd;

	while ((fd = accept(s->listener, NULL, NULL)) >= 0) {
		struct job *job = calloc(1, sizeof(*job));
		(void)pthread_mutex_lock(&s->lock);
		must(s->connection_count < WIRE_MAX);
		*job = (struct job){s, s->connection_count, fd};
		s->connections[s->connection_count] = fd;
		must(pthread_create(&s->threads[s->connection_count++], NULL, serve, job) == 0);
		(void)pthread_mutex_unlock(&s->lock);
	}
	return NULL;
}

void wire_start(struct wire_server *s, bool tls, const struct wire_step *steps, size_t count)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);

	s->steps = steps;
	s->step_count = count;
	(void)pthread_mutex_init(&s->lock, NULL);
	s->tls = tls ? make_tls(s->ca_file) : NULL;
	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(bind(s->listener, (struct sockaddr *)&address, length) == 0);
	must(listen(s->listener, 64) == 0);
	must(getsockname(s->listener, (struct sockaddr *)&address, &length) == 0);
	s->port = ntohs(address.sin_port);
	must(pthread_create(&s->thread, NULL, listen_on, s) == 0);
}

void wire_stop(struct wire_server *s)
{
	(void)shutdown(s->listener, SHUT_RDWR);
	(void)pthread_join(s->thread, NULL);
	(void)close(s->listener);
	(void)pthread_mutex_lock(&s->lock);
	for (int i = 0; i < s->connection_count; i++)
		if (s->connections[i] >= 0)
			(void)shutdown(s->connections[i], SHUT_RDWR);
	(void)pthread_mutex_unlock(&s->lock);
	for (int i = 0; i < s->connection_count; i++)
		(void)pthread_join(s->threads[i], NULL);
	for (size_t i = 0; i < s->request_count; i++)
		free(s->requests[i]);
	if (s->tls) {
		SSL_CTX_free(s->tls);
		(void)unlink(s->ca_file);
	}
	(void)pthread_mutex_destroy(&s->lock);
}

size_t wire_requests(struct wire_server *s, const char *action)
{
	char line[80];
	size_t count = 0;

	(void)snprintf(line, sizeof(line), "\r\nx-acs-action: %s\r\n", action ? action : "");
	(void)pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < s->request_count; i++)
		count += !action || strcasestr(s->requests[i], line);
	(void)pthread_mutex_unlock(&s->lock);
	return count;
}
