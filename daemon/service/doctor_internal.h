/* The checks of doctor_checks.c and doctor_replies.c: each writes its findings. */
#pragma once

#include "base/jsonwriter.h"
#include "cloud/reply.h"
#include "service/service.h"

void doctor_state(const struct service *service, struct jsonwriter *w);
void doctor_discoveries(const struct service *service, struct jsonwriter *w);
void doctor_retention(
	const struct policy *p, const struct backup_policy *policy, struct jsonwriter *w);
/* How far back a restore to the second may reach (S14). */
void doctor_log(const struct policy *p, const struct backup_policy *policy, struct jsonwriter *w);
/* `page` is what was read from `body`. False, and nothing is written, if it has no sets. */
bool doctor_replies(
	const struct policy *p, const struct page *page, const char *body, struct jsonwriter *w);
