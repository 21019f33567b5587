/* Notices that a file of certificate authorities has changed. libcurl keeps the authorities that it
 * has read for a day, it keeps connections as long as they are used, and it resumes TLS sessions
 * without looking at a certificate. When the file changes, none of these is used any more. A part
 * of cloud/http.c. */
#pragma once

#include <curl/curl.h>
#include <stdint.h>

struct trust;

struct trust *trust_new(void);    /* NULL: libcurl does not start */
void trust_free(struct trust *t); /* only when no handle uses its sessions; accepts NULL */

/* The instant at which the file was last found changed, on the clock of `now_ms`; 0: never.
 * `ca_file` NULL: the system's file. */
int64_t trust_changed_ms(struct trust *t, const char *ca_file, int64_t now_ms);

/* For CURLOPT_SHARE: the TLS sessions since the last change. */
CURLSH *trust_sessions(struct trust *t);
/* Frees older sessions that no handle uses any more. */
void trust_sweep(struct trust *t);

/* The system's file of authorities; NULL if there is none that can be read. */
const char *trust_bundle(void);
