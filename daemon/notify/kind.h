/* The kinds of sinks, how bad a thing is that is told, and in which language. */
#pragma once

enum notify_kind {
	NOTIFY_HEALTHCHECKS, /* a dead man's switch that can also be told what is wrong */
	NOTIFY_PING,         /* a dead man's switch that only knows silence */
	NOTIFY_WEBHOOK,      /* our own JSON */
	NOTIFY_DINGTALK,
	NOTIFY_FEISHU,
	NOTIFY_WECOM,
	NOTIFY_SLACK,
	NOTIFY_NTFY,
	NOTIFY_ALERTMANAGER,
	NOTIFY_KIND_COUNT,
};
extern const char *const notify_kind_names[NOTIFY_KIND_COUNT];

enum notify_level {
	NOTIFY_UNKNOWN, /* nothing is known yet: what was told stays as it is */
	NOTIFY_WELL,
	NOTIFY_WARNING,
	NOTIFY_CRITICAL,
	NOTIFY_LEVEL_COUNT,
};
/* As `on` has them: "resolved", "warning", "critical". */
extern const char *const notify_level_names[NOTIFY_LEVEL_COUNT];
#define NOTIFY_ON_ALL (1u << NOTIFY_WELL | 1u << NOTIFY_WARNING | 1u << NOTIFY_CRITICAL)

enum notify_language {
	NOTIFY_ENGLISH,
	NOTIFY_CHINESE, /* the words of packaging/GLOSSARY.zh-CN.md */
	NOTIFY_LANGUAGE_COUNT,
};

#define NOTIFY_EVERY_S 300 /* the default of `every` */
