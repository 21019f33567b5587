/* The checks of doctor_checks.c: each writes its findings. */
#pragma once

#include "base/jsonwriter.h"
#include "service/service.h"

void doctor_state(const struct service *service, struct jsonwriter *w);
void doctor_discoveries(const struct service *service, struct jsonwriter *w);
void doctor_retention(
	const struct policy *p, const struct backup_policy *policy, struct jsonwriter *w);
