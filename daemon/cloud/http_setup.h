/* What libcurl is told about every request. A part of cloud/http.c. */
#pragma once

#include "cloud/http.h"

#include <curl/curl.h>

/* The timeouts of the request are those in force. */
void http_setup(CURL *easy, const struct http_request *r);
