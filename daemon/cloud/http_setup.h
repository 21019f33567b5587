/* What libcurl is told of every request, and what its errors are called. A part of http.c. */
#pragma once

#include "cloud/http.h"

#include <curl/curl.h>

/* The timeouts of the request are those in force. `changed_ms`: when the file of authorities was
 * last found changed; 0: never. */
void http_setup(CURL *easy, const struct http_request *r, int64_t changed_ms, int64_t now_ms);

/* The headers of a request as libcurl takes them; NULL if memory has run out. They hold the token
 * and the signature: freeing wipes them. */
struct curl_slist *http_headers(const struct http_request *r);
void http_headers_free(struct curl_slist *list);

/* The word for an error that may come from before a request; NULL: it never does. */
const char *http_early_word(CURLcode code);
