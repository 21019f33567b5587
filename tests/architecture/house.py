"""The house: which folder of daemon/ may use what. The rules of tests/architecture stand here."""

# Arrows: folder -> what it may include, as whole folders ("base/") or single headers.
ARROWS = {
    "base": [],
    "time": ["base/"],
    "retention": ["base/", "time/"],
    "outlook": ["base/", "time/", "retention/"],
    "pace": ["base/"],
    "notify": ["base/", "time/civil.h"],
    "cycle": ["base/", "time/", "retention/"],
    "cloud": ["base/", "time/", "retention/set.h", "retention/listing.h",
              "retention/edition.h", "cycle/answer.h"],
    "policyfile": ["base/", "time/", "retention/", "notify/kind.h"],
    "store": ["base/", "time/civil.h", "cycle/ledger.h"],
    "service": ["base/", "time/", "retention/", "outlook/", "pace/", "cycle/", "notify/", "cloud/", "policyfile/",
                "store/"],
    "ctl": ["base/", "time/", "retention/", "outlook/", "policyfile/", "cloud/reply.h", "cloud/keyfile.h",
            "notify/request.h"],
}

# No clock, no I/O, no globals, no library: `now` is an argument.
PURE = ["time", "retention", "outlook", "pace", "cycle", "notify"]
# What reads JSON for them: it calls a library.
NOT_PURE = ["notify/answer.c"]

# The strict JSON wrapper hands out cJSON values, which are no business of these.
NOT_FOR_PURE = ["base/json.h"]

# System headers of libraries -> who may include them. Anything else is the C library's.
LIBRARIES = {
    "cjson/": ["base/json.c", "base/json.h"],
    "curl/": ["cloud/"],
    "microhttpd.h": ["service/webserver.c"],
    "openssl/": ["base/", "cloud/"],
    "sqlite3.h": ["store/"],
    "systemd/": ["service/", "ctl/"],
    "yaml.h": ["policyfile/"],
}

# What the pure folders may include of the C library.
PURE_HEADERS = [
    "assert.h", "errno.h", "inttypes.h", "limits.h", "stdalign.h", "stdarg.h", "stdbool.h",
    "stddef.h", "stdint.h", "stdio.h", "stdlib.h", "string.h",
    "strings.h",
]

# What the pure folders may call of the C library: functions of their arguments. No ctype.h (which
# reads the locale), no strtok, no strerror.
PURE_FUNCTIONS = """
    abort bsearch calloc free malloc qsort qsort_r realloc reallocarray
    memchr memcmp memcpy memmem memmove memrchr memset mempcpy
    stpcpy stpncpy strcasecmp strchr strchrnul strcmp strcpy strcspn strdup strlen strncasecmp strncmp
    strncpy strndup strnlen strpbrk strrchr strspn strstr strtol strtoll strtoul strtoull
    snprintf vsnprintf asprintf vasprintf sscanf __errno_location __assert_fail
""".split()

# base/ serves the pure folders, so it has to be pure as well, but for its libraries and for the
# one line that running out of memory writes. (strtod reads a locale, but nobody sets one.)
BASE_FUNCTIONS = ["stderr", "fwrite", "explicit_bzero", "strtod"]
BASE_LIBRARIES = ["cJSON_", "EVP_", "OPENSSL_", "SHA", "HMAC", "CRYPTO_"]

# What compilers add: sanitizers, stack protection, the position of the code.
COMPILER = [
    "__asan_", "__ubsan_", "__sanitizer_", "__stack_chk_fail", "_GLOBAL_OFFSET_TABLE_",
    "__odr_asan", "__start_asan_globals", "__stop_asan_globals",
]

# Floors inside a folder, from the ground up. A file uses only what stands on lower floors.
FLOORS = {
    "cloud": [
        "credentials cloud_clock endpoint error_code keyfile login sign proxy resolve trust",
        "http.h redact request session subprocess provider route",
        "http_setup metadata reply.h profile.h sts",
        "http reply_error profile ini",
        "reply describe source outcome",
        "reply_clusters reply_policy fetch",
        "credential_cache",
        "client.h",
        "call.h",
        "call",
        "client",
        "client_actions",
        "client_clusters client_describe client_policy",
    ],
    "policyfile": [
        "model address cloudnames cron lines width readfile",
        "keys discovery secret zonefile",
        "account message forms zonecache",
        "document",
        "loader inputs labels",
        "policyfile.h values lint_keep lint_seconds lint_zone read_parts",
        "compound lint",
        "types",
        "differ layers print",
        "read_accounts read_sinks",
        "read_clusters",
        "policyfile",
    ],
    "cycle": [
        "effect answer ledger",
        "backoff",
        "clock outbox reading operator",
        "marks",
        "life at_hand protect seen",
        "change",
        "create delete raise",
        "replan.h cycle.h",
        "state",
        "replan",
        "turn",
        "cycle status",
    ],
    "service": [
        "now options counters description ending finding members journal_queue supervisor turns proof sink_files",
        "journal.h cluster_listing merge varlink.h",
        "messages reconcile varlink_internal",
        "journal varlink_socket",
        "context accounts varlink_connection",
        "calls effects question state_watch ledgers varlink_call in_force",
        "cluster varlink",
        "fleet asked sinks",
        "discoveries.h",
        "discoveries_internal",
        "discoveries_sync",
        "discoveries endings",
        "service.h",
        "zones",
        "service",
        "warnings history_json sets_json",
        "status doctor_internal",
        "health doctor_checks doctor_replies metrics.h",
        "metrics_text webserver",
        "metrics doctor recorder waits housekeeping telling",
        "reload",
        "control_internal",
        "control_orders control_notify",
        "control policy_watch",
        "main",
    ],
}

# What uses a file of its own floor or of a higher one all the same, or closes a circle: why.
ALLOWED = {}
