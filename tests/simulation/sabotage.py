#!/usr/bin/env python3
"""Takes the guards of the cycle out, one at a time, and shows which test misses each:
sabotage.py [--seeds N] [WORD...]    WORD: only guards whose name has one of these words in it

Works on a copy of the tree under build/sabotage. First the tests of the cycle are run, and if none
fails the simulation. A guard that nobody misses SURVIVES, and the exit status is 1."""

import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
COPY = ROOT / "build" / "sabotage"
TESTS = ["clock", "listing", "backup", "prune", "delete", "crash", "retention", "pause"]

# name, file of daemon/cycle, what stands there (white space does not matter), what replaces it
GUARDS = [
    # S2
    ("S2 age of the listing", "list.c", "boot >= 0 && boot <= LISTING_MAX_AGE_S &&", ""),
    ("S2 wall clock since the listing", "list.c", "wall >= 0 && wall <= LISTING_MAX_AGE_S", "true"),
    ("S2 last listing complete", "list.c", "c->listing_failed = true;", ""),
    ("S2 last look before the call", "cycle.c", "if (!may_send_deletes(c, now)) {", "if (false) {"),
    ("S2 look after the intent", "cycle.c", "if (ok && may_send_deletes(c, now)) {", "if (ok) {"),
    ("S2 both looks", "cycle.c", "return !c->policy_changed && !c->clock_doubt[0] && !c->paused[0] && list_is_current(c, now);", "return true;"),
    ("S2 window of a wrong clock", "list.c", "if (window_is_off(c, now))", "if (false)"),
    ("S2 pages of another cluster", "list.c", "if (!page->foreign[0])", ""),
    # S3
    ("S3 reasons are told", "cycle.c", "prune_tell(c, now);", ""),
    ("S3 batches are full", "prune.c", "while (c->batch_count < PLAN_BATCH &&", "while (c->batch_count < PLAN_BATCH / 2 &&"),
    ("S3 batches are small", "prune.c", "while (c->batch_count < PLAN_BATCH &&", "while (c->batch_count < PLAN_BATCH + 1 &&"),
    # S4
    ("S4 delete: the intent is on disk", "cycle.c", "if (ok && may_send_deletes(c, now)) {", "if (may_send_deletes(c, now)) {"),
    ("S4 delete: intent", "cycle.c", "c->batch_count ? PHASE_DELETE_INTENT : PHASE_IDLE", "c->batch_count ? PHASE_DELETE : PHASE_IDLE"),
    ("S4 delete: outcome", "cycle.c", "c->phase = PHASE_DELETE_OUTCOME; break;", "c->phase = PHASE_DECIDE; break;"),
    ("S4 create: the intent is on disk", "cycle.c", "if (ok) { report(c, REPORT_BACKUP_CALLED", "if (true) { report(c, REPORT_BACKUP_CALLED"),
    ("S4 create: intent", "cycle.c", "c->phase = PHASE_CREATE_INTENT;", "c->phase = PHASE_CREATE;"),
    ("S4 create: outcome", "cycle.c", "c->phase = PHASE_CREATE_OUTCOME; break;", "c->phase = PHASE_IDLE; break;"),
    ("S4 no delete while the state file fails", "prune.c", "!c->state_failed &&", ""),
    ("S4 no backup while the state file fails", "backup.c", "|| c->state_failed || backup_unresolved(c) ||", "|| backup_unresolved(c) ||"),
    ("S4 a listing that is not on disk", "cycle.c", "if (!ok) c->phase = PHASE_IDLE;", "if (!ok) c->phase = PHASE_DECIDE;"),
    ("S4 what was not written is written later", "marks.c", "c->marks[i].dirty |= c->marks[i].writing;", ";"),
    ("S4 asked marks are undone when not sent", "prune.c", "r->m = c->before[i];", ""),
    # S5
    ("S5 the slot is done", "backup.c", "(c->create.state == CREATE_DONE || backup_unresolved(c))", "backup_unresolved(c)"),
    ("S5 a set stands for the slot", "backup.c", "(c->newest_start_s != SET_NO_TIME && c->newest_start_s >= from_s) ||", ""),
    ("S5 a set of a doubtful page", "backup.c", "|| (c->seen_start_s != SET_NO_TIME && c->seen_start_s >= from_s)", ""),
    ("S5 one call at a time", "backup.c", "|| c->state_failed || backup_unresolved(c) ||", "|| c->state_failed ||"),
    ("S5 wait before a resend", "backup.c", "if (waited < settle_s(c) || c->listings_since_call", "if (c->listings_since_call"),
    ("S5 list twice before a resend", "backup.c", "|| c->listings_since_call < LISTINGS_BEFORE_RESEND)", ")"),
    ("S5 settle by the longest backup", "backup.c", "2 * c->longest_backup_s + 600", "0"),
    ("S5 sets known before the call", "backup.c", "was_known(c, set_id(&c->inv, i)) ||", ""),
    ("S5 a fresh listing before the call", "backup.c", "return list_is_fresh(c, now) || (c->listing_failed && c->doubtful);", "return true;"),
    ("S5 backups go on in doubt", "backup.c", "|| (c->listing_failed && c->doubtful);", ";"),
    ("S5 our clock since the call", "backup.c", "bool held = our_clock_held(c, now);", "bool held = true;"),
    ("S5 uptime since the call", "backup.c", "return ours > up ? ours : up;", "return ours;"),
    ("S5 both clocks since the call", "backup.c", "if (ours > theirs) ours = theirs;", ""),
    ("S5 a person's call out of turn", "backup.c", "c->create.attempts > 0 ? state : CREATE_DONE;", "state;"),
    ("S5 it is known which clock to go by", "backup.c", "return clock_is_settled(c) && open_slot(", "return open_slot("),
    ("S5 two answers settle a clock", "clock.c", "if (c->anchor.boot_s < 0 && again) {", "if (c->anchor.boot_s < 0) {"),
    ("S5 a Date that moved alone", "clock.c", "if (!c->seen_known || again ||", "if (true ||"),
    ("S5 future sets stand for no slot", "backup.c", "s->start_s <= latest && s->start_s > c->newest_start_s", "s->start_s > c->newest_start_s"),
    ("S5 backoff", "backup.c", "now.boot_s < c->create_after_boot_s)", "false)"),
    # S6
    ("S6 no call in doubt", "prune.c", "!c->clock_doubt[0] && !c->paused[0] && !c->policy_changed", "!c->paused[0] && !c->policy_changed"),
    ("S6 the plan holds in doubt", "prune.c", ".clock_doubt = c->clock_doubt[0] ? c->clock_doubt : NULL", ".clock_doubt = NULL"),
    ("S6 Date", "clock.c", "civil_format_utc(ours_s, ours);", "if (what[4] == 's') return; civil_format_utc(ours_s, ours);"),
    ("S6 steps", "clock.c", "if (distance(expected, now.wall_s) > CLOCK_SLACK_S) doubt", "if (false) doubt"),
    ("S6 before the last listing", "clock.c", "now.wall_s < c->listed_s - CLOCK_SLACK_S)", "false)"),
    ("S6 no Date", "clock.c", "if (!c->clock_doubt[0] && c->dates_missing)", "if (false)"),
    ("S6 trusted time", "clock.c", "return distance(expected, now.wall_s) > CLOCK_SLACK_S ? expected : now.wall_s;", "return now.wall_s;"),
    # S7
    ("S7 a changed policy: look", "cycle.c", "return !c->policy_changed &&", "return"),
    ("S7 a changed policy: call", "prune.c", "&& !c->policy_changed &&", "&&"),
    ("S7 grace is forgotten", "marks.c", "forget_kept(c, now);", ""),
    ("S7 an outage does not count", "marks.c", "since < most ? since : most", "since"),
    ("S7 doubted time does not count", "clock.c", "if (c->clock_doubt[0] || c->last_doubted)", "if (false)"),
    ("S7 nothing agrees in doubt", "marks.c", "if (!c->clock_doubt[0]) { agree(c);", "if (true) { agree(c);"),
    ("S7 hash of the plan", "cycle.c", "|| strncmp(hash, c->plan.hash, length) != 0", ""),
    ("S7 length of the hash", "cycle.c", "length < 12 ||", ""),
    ("S7 approval is forgotten", "marks.c", "r->m = (struct mark){.id = r->m.id};", "r->m.expired_s = 0; r->m.asked_s = 0; r->m.absent = 0;"),
    ("S7 approval during a call", "prune.c", "c->before[i].approved = r->m.approved;", ""),
    # deletes that are under way
    ("gone: two listings", "marks.c", "#define GONE_AFTER 2", "#define GONE_AFTER 1"),
    ("gone: in a row", "again.c", "r->m.absent = 0;", ""),
    ("gone: not in doubt of the clock", "marks.c", "} else if (at != SIZE_MAX || c->clock_doubt[0]) {", "} else if (at != SIZE_MAX) {"),
    ("asked: counts for nothing", "again.c", "s->state = SET_DELETING; if (r->m.absent", "if (r->m.absent"),
    ("asked: nor after a failed listing", "list.c", "marks_mask_asked(c);", ""),
    ("again: others are judged without", "again.c", "withhold(c, doomed, index);", ""),
    ("again: what is held stays masked", "again.c", "while (mask(c, now, index));", "while (false);"),
    ("again: after an hour", "again.c", "#define ASK_AGAIN_S 3600 ", "#define ASK_AGAIN_S 0 "),
    ("again: at all", "again.c", "if (unmask(c, now, index))", "if (false)"),
    ("again: up to a day", "again.c", "if (age_s(c, r, now) >= GIVE_UP_S) {", "if (false) {"),
    ("again: the cloud deletes", "again.c", "|| r->listed_state == SET_DELETING)", ")"),
    ("complaint", "again.c", "r->stuck_told = true;", "return;"),
    ("complaint: after three", "again.c", "#define COMPLAIN_AFTER 3", "#define COMPLAIN_AFTER 1"),
    # calls
    ("deletes wait for our backup", "prune.c", "&& !backup_unresolved(c) && list_is_current", "&& list_is_current"),
    ("a backup before deletes", "cycle.c", "if (!(deletes && first) &&", "if (!deletes &&"),
    ("deletes wait after a failure", "prune.c", "now.boot_s >= c->delete_after_boot_s &&", ""),
    ("Retry-After of deletes", "prune.c", "if (wait < retry_after_s(a) ||", "if ("),
    ("Retry-After of backups", "backup.c", "now.boot_s < c->throttled_until_boot_s", "false"),
    ("Retry-After of listings", "list.c", "if (wait < not_before_s)", "if (false)"),
    ("backoff of listings", "list.c", "backoff_s(++c->failures, FAILURE_FIRST_S, FAILURE_MOST_S)", "FAILURE_FIRST_S"),
    ("a refused call is split", "prune.c", "if (c->batch_count > 1) {", "if (false) {"),
    ("a refused set is remembered", "prune.c", "marks_find(c, c->ids[0])->refused_boot_s =", "int64_t unused __attribute__((unused)) ="),
    ("refusals of set after set", "prune.c", "++c->lone_refusals >= LONE_REFUSALS", "false"),
    ("refusals of the caller", "prune.c", "if (!is_about_sets(a->code)) {", "if (false) {"),
    ("looks grow rare", "list.c", "c->verify_step++;", ""),
    ("the state file is tried again", "list.c", "|| c->listing_failed || c->state_failed)", "|| c->listing_failed)"),
    ("catch_up", "backup.c", "clock_now(c, now) - slot_s > now.boot_s - c->started_boot_s", "false"),
    ("dry run", "cycle.c", "if (c->dry_run) { if (backup_wants_call", "if (false) { if (backup_wants_call"),
    # clusters that take no changes
    ("pause: no backup", "backup.c", "return !c->paused[0] && !policy_refuses_backup(c->policy) &&", "return !policy_refuses_backup(c->policy) &&"),
    ("pause: no backup at the last moment", "cycle.c", "if (!backup_may_send(c, now)) {", "if (false) {"),
    ("pause: no deletes", "prune.c", ".paused = c->paused[0] ? c->paused : NULL", ".paused = NULL"),
    ("pause: no deletes at the last moment", "cycle.c", "!c->clock_doubt[0] && !c->paused[0] && list_is_current", "!c->clock_doubt[0] && list_is_current"),
    ("pause: no call", "prune.c", "!c->paused[0] && !c->policy_changed", "!c->policy_changed"),
    ("pause: a due backup is not looked for", "backup.c", "if (c->paused[0] || !backup_is_due(c, now, &slot_s))", "if (!backup_is_due(c, now, &slot_s))"),
    ("pause: a new listing after it", "cycle.c", "c->policy_changed = true; plan_again(c, now);", "plan_again(c, now);"),
    ("pause: told once", "cycle.c", "if (text_equal(c->paused, why ? why : \"\")) return;", ""),
    ("edition: no backup", "backup.c", "if (c->paused[0] || policy_refuses_backup(c->policy) || c->state_failed", "if (c->paused[0] || c->state_failed"),
    ("edition: no slot", "backup.c", "if (policy_refuses_backup(c->policy) || !latest_slot", "if (!latest_slot"),
    ("edition: no backup for a person", "cycle.c", "if (!backup_unresolved(c) && !policy_refuses_backup(c->policy))", "if (!backup_unresolved(c))"),
    ("copies: nothing vanished", "cycle.c", "if (policy->remote != c->policy->remote)", "if (false)"),
    # the cloud's own retention
    ("raise: intent", "retention.c", "c->phase = PHASE_RAISE_INTENT;", "c->phase = PHASE_RAISE;"),
    ("raise: the intent is on disk", "cycle.c", "if (ok) { retention_tell(c);", "if (true) { retention_tell(c);"),
    ("raise: outcome", "cycle.c", "c->phase = PHASE_RAISE_OUTCOME; break;", "c->phase = PHASE_IDLE; break;"),
    ("raise: only where asked to", "retention.c", "else if (c->policy->cloud_retention == CLOUD_RETENTION_ENSURE) {", "else if (true) {"),
    ("raise: never lowers", "retention.c", "if (c->backup_policy.days >= reach_cloud_days(c->needs_days)) {", "if (c->backup_policy.days == reach_cloud_days(c->needs_days)) {"),
    ("raise: the last look", "cycle.c", "if (!retention_may_raise(c, now)) {", "if (false) {"),
    ("raise: reads again", "retention.c", "try_later(c, a, LOOK_S, now);", "c->retention_after_boot_s = INT64_MAX;"),
    ("raise: backoff", "retention.c", "backoff_s(++c->raise_failures, RETRY_FIRST_S, RETRY_MOST_S)", "RETRY_FIRST_S"),
    ("raise: only what was read whole", "retention.c", "} else if (c->backup_policy.unread[0]) {", "} else if (false) {"),
    ("raise: not while paused", "retention.c", "if (c->paused[0] || now.boot_s", "if (now.boot_s"),
    ("raise: not for copies", "retention.c", "return !c->policy->remote &&", "return"),
    ("raise: dry run", "retention.c", "} else if (c->dry_run) {", "} else if (false) {"),
    ("raise: trouble", "look.c", "if (c->retention_trouble[0])", "if (false)"),
    # L3
    ("L3 refused sets", "look.c", "if (mark_is_refused(&c->marks[i], now))", "if (false)"),
    ("L3 sets that stay", "look.c", "if (c->marks[i].stuck_told && !c->marks[i].dropped)", "if (false)"),
    ("L3 no fresh set", "look.c", "if (c->have_listing && !s->fresh)", "if (false)"),
]

# Guards that something else stands behind: taking out one alone changes nothing.
BACKED = {
    "S4 create: outcome": "an idle cycle writes what is pending",
    "S4 no delete while the state file fails": "a listing has to be on disk before anything is decided",
    "S4 no backup while the state file fails": "its intent has to be on disk",
    "S4 a listing that is not on disk": "nothing is called while the state file fails",
    "S6 no call in doubt": "may_send_deletes() and the plan's hold",
    "S7 a changed policy: call": "may_send_deletes()",
    "S7 approval is forgotten": "nothing is listed while the state file fails with history to write",
    "S7 approval during a call": "costs at most a second approval",
    "again: the cloud deletes": "saves a plan",
    "pause: no deletes at the last moment": "a pause asks for a new listing, and its plan holds",
    "pause: no call": "may_send_deletes() and the plan's hold",
    "edition: no slot": "backup_may_send()",
    "edition: no backup for a person": "backup_may_send()",
    "raise: outcome": "an idle cycle writes what is pending",
}


def run(*command, timeout=600):
    try:
        r = subprocess.run(command, cwd=COPY, capture_output=True, text=True, timeout=timeout, check=False)
        return r.returncode, r.stdout + r.stderr
    except subprocess.TimeoutExpired:
        return 1, "it does not end"


def build():
    return run("ninja", "-C", "build", "simulation", *(f"cycle_{t}_test" for t in TESTS), timeout=1800)


def who_misses_it(seeds):
    status, text = build()
    if status:
        return "BUILD " + " ".join(line for line in text.splitlines() if "error" in line)[:200]
    for test in TESTS:
        status, text = run(f"build/tests/cycle_{test}_test", timeout=200)
        if status:
            return (re.findall(r"FAILED  \] ([a-z]\w+)", text) or [f"cycle_{test}_test: {text[-60:]}"])[0]
    status, text = run("build/bin/simulation", "--seeds", seeds)
    return "simulation: " + text.splitlines()[0] if status else None


def main():
    words = sys.argv[1:]
    seeds = words.pop(1) if words[:1] == ["--seeds"] else "60"
    words = [w for w in words if w != "--seeds"]
    shutil.rmtree(COPY, ignore_errors=True)
    shutil.copytree(ROOT, COPY, ignore=shutil.ignore_patterns("build", ".git"))
    run("cmake", "-S", ".", "-B", "build", "-G", "Ninja")
    if who_misses_it("2"):
        sys.exit("the tests fail as it is")
    survivors = 0
    for name, file, before, after in GUARDS:
        if name in BACKED or (words and not any(w in name for w in words)):
            continue
        path = COPY / "daemon" / "cycle" / file
        source = path.read_text()
        pattern = r"\s+".join(re.escape(t) for t in before.split())
        changed, count = re.subn(pattern, lambda _: after, source)
        if count == 0:
            print(f"NOT FOUND  {name}", flush=True)
            survivors += 1
            continue
        path.write_text(changed)
        missed = who_misses_it(seeds)
        path.write_text(source)
        survivors += missed is None
        print(f"{'missed by  ' + missed if missed else 'SURVIVES'}  <- {name}", flush=True)
    print(f"{survivors} of {len(GUARDS)} survive")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
