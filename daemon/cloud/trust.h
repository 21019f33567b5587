/* Whom we trust, as the files stand now. libcurl keeps the certificate authorities that it has read
 * for a day, connections for as long as they are used, and TLS sessions, which it resumes without
 * looking at a certificate: when the file of authorities changes, all of these are left behind. A
 * part of cloud/http.c. */
#pragma once

#include <curl/curl.h>
#include <stdint.h>

struct trust;

struct trust *trust_new(void);    /* NULL: libcurl does not start */
void trust_free(struct trust *t); /* when nothing uses its sessions any more; accepts NULL */

/* When the file of authorities was last found changed, on the clock of `now_ms`; 0: it never was.
 * `ca_file` NULL: the system's. */
int64_t trust_changed_ms(struct trust *t, const char *ca_file, int64_t now_ms);

/* For CURLOPT_SHARE: TLS sessions of the files as they are now. */
CURLSH *trust_sessions(struct trust *t);
/* After a handle that used sessions has gone. */
void trust_sweep(struct trust *t);

/* The system's file of authorities; NULL if there is none that can be read. */
const char *trust_bundle(void);
