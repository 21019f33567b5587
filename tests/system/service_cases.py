"""The service: start, status, reload, crashes, the watchdog, stop, clients, secrets."""

import contextlib
import json
import os
import re
import subprocess
import tempfile
import time

import sinks
from world import CLUSTER, DELETING, KEY_SECRET, POLICY, STARTED, Cases, Skip, eventually

case = Cases()


@case
def start_returns_when_ready_and_not_before(world):
    machine = world.machine
    world.fresh(sets=5, start=False)
    # Nothing of the kind "sleep a little": when start returns the socket answers.
    machine.run("systemctl start retaind && retainctl status >/dev/null")
    assert machine.show("ActiveState") == "active" and machine.show("Type") == "notify"
    # Without a usable state file it is never ready, and start says so.
    machine.run("systemctl stop retaind; rm -rf /var/lib/retaind/state.db*; mkdir /var/lib/retaind/state.db")
    after = machine.cursor()
    assert machine.run("timeout 20 systemctl start retaind", check=False).returncode != 0
    assert machine.show("ActiveState") != "active"
    assert world.said("state.db", after)
    machine.run("systemctl stop retaind; rmdir /var/lib/retaind/state.db; systemctl reset-failed retaind; "
                "systemctl start retaind")


@case
def a_bad_policy_fails_the_start_once_and_says_where(world):
    machine = world.machine
    world.fresh(POLICY.replace("keep:", "kepp:"), start=False)
    after = machine.cursor()
    assert machine.run("systemctl start retaind", check=False).returncode != 0
    time.sleep(1)
    assert machine.show("ExecMainStatus") == "78" and machine.show("ActiveState") == "failed"
    assert machine.show("NRestarts") == "0", "it was tried again, with the same file"
    assert world.said("policy.yaml:5:3: error: unknown key 'kepp' (did you mean 'keep'?)", after)


@case
def status_says_health_in_one_line(world):
    machine = world.machine
    world.fresh(sets=3)
    world.listed(3)
    eventually("STATUS= tells of one well cluster", lambda: "1 cluster: 1 well" in machine.show("StatusText"))
    assert "1 cluster: 1 well" in machine.out("systemctl status retaind")
    world.fresh(POLICY.replace("max_delete_percent: 100", "max_delete_percent: 50"), sets=30)
    eventually("STATUS= tells what awaits approval", lambda: "approval" in machine.show("StatusText"))
    assert world.ctl("health", check=False).returncode == 1


@case
def reload_applies_an_edited_policy(world):
    machine = world.machine
    world.fresh(POLICY.replace("last: 3", "last: 30"), sets=12)
    world.listed(12)
    pid = world.pid()
    world.policy(POLICY.replace("last: 3", "last: 5"))
    machine.run("systemctl reload retaind")
    eventually("only 5 sets are left", lambda: len(world.cloud.sets()) == 5)
    assert world.pid() == pid and machine.show("ActiveState") == "active"


@case
def s10_reload_of_a_bad_policy_fails_with_the_reason_and_changes_nothing(world):
    machine = world.machine
    world.fresh(POLICY.replace("last: 3", "last: 30"), sets=12)
    world.listed(12)
    pid, after = world.pid(), machine.cursor()
    world.policy(POLICY.replace("last: 3", "lost: 3"))
    assert machine.run("systemctl reload retaind", check=False).returncode != 0
    assert world.said("policy.yaml:5:10: error: unknown key 'lost' (did you mean 'last'?)", after)
    assert machine.show("ActiveState") == "active" and world.pid() == pid
    eventually("STATUS= tells of the bad file", lambda: "reject" in machine.show("StatusText"))
    time.sleep(1.5)
    assert len(world.cloud.sets()) == 12
    world.policy(POLICY.replace("last: 3", "last: 30"))
    machine.run("systemctl reload retaind")
    eventually("STATUS= is well again", lambda: "reject" not in machine.show("StatusText"))


@case
def every_deleted_set_is_one_entry_and_journalctl_x_explains_it(world):
    machine = world.machine
    world.fresh(POLICY.replace("last: 3", "last: 30"), sets=12)
    world.listed(12)
    after = machine.cursor()
    world.policy(POLICY)
    machine.run("systemctl reload retaind")
    eventually("9 sets are gone", lambda: len(world.cloud.sets()) == 3)
    entries = [e for e in machine.journal(after) if e.get("MESSAGE_ID") == DELETING]
    assert len(entries) == 9 and len({e["RETAIND_SET"] for e in entries}) == 9
    for entry in entries:
        assert entry["RETAIND_CLUSTER"] == CLUSTER and entry["RETAIND_NAME"] == "orders"
        assert entry["RETAIND_REASON"] and entry["_SYSTEMD_UNIT"] == "retaind.service"
    explained = machine.out(f"journalctl -x --after-cursor='{after}' --no-pager")
    assert f"Set {entries[0]['RETAIND_SET']} of orders is being deleted" in explained
    assert entries[0]["RETAIND_REASON"] in explained


@case
def a_prune_of_10000_sets_loses_no_line(world):
    """Under a journal that lets a service say 500 lines in half a minute, unless its unit says otherwise."""
    machine = world.machine
    machine.write("/etc/systemd/journald.conf.d/limit.conf", "[Journal]\nRateLimitIntervalSec=30s\nRateLimitBurst=500\n")
    machine.run("systemctl restart systemd-journald")
    try:
        world.fresh(POLICY.replace("last: 3", "last: all"), sets=10010, every_s=3600)
        eventually("all sets are listed", lambda: world.status()["sets"] == 10010)
        after = machine.cursor()
        world.policy(POLICY.replace("last: 3", "last: 10"))
        machine.run("systemctl reload retaind")
        eventually("10 sets are left", lambda: world.status()["sets"] == 10, every=1)
        entries = [e for e in machine.journal(after) if e.get("MESSAGE_ID") == DELETING]
        print("# most memory:", machine.out(f"grep VmHWM /proc/{world.pid()}/status"))
    finally:
        machine.run("rm /etc/systemd/journald.conf.d/limit.conf; systemctl restart systemd-journald")
    assert len({e["RETAIND_SET"] for e in entries}) == 10000, len(entries)


@case
def kill_9_is_followed_by_a_restart_that_knows_what_was_done(world):
    machine = world.machine
    world.fresh(POLICY.replace("{schedule: none}", "{schedule: hourly}"))
    eventually("the first backup", lambda: world.status()["valid"] == 1)
    pid = world.pid()
    machine.run("systemctl kill --signal=KILL retaind")
    eventually("another process", lambda: world.pid() not in (0, pid) and machine.show("ActiveState") == "active")
    eventually("the daemon has listed", lambda: world.status()["listed"])
    assert len(world.cloud.calls("CreateBackup")) == 1, "the slot was done twice"
    assert machine.show("NRestarts") == "1"


@case
def a_stopped_loop_is_caught_by_the_watchdog(world):
    machine = world.machine
    world.fresh(WatchdogSec="10s")
    pid, after = world.pid(), machine.cursor()
    time.sleep(15)
    assert world.pid() == pid, "an idle daemon missed the watchdog"
    machine.run("systemctl kill --signal=STOP retaind")
    eventually("another process", lambda: world.pid() not in (0, pid) and machine.show("ActiveState") == "active")
    assert any("retaind.service: Watchdog timeout" in e["MESSAGE"] for e in machine.journal(after, "systemd"))


@case
def stop_waits_for_an_answer_and_no_longer_than_it_says(world):
    machine = world.machine
    world.fresh(sets=3)
    world.listed(3)
    machine.run("systemctl stop retaind")
    assert machine.show("Result") == "success"
    world.fresh(sets=3)
    world.listed(3)
    world.cloud.control("fault", action="CreateBackup", kind="hang")
    machine.run("retainctl backup orders >/dev/null 2>&1 &")  # which waits for the answer
    eventually("the call is under way", lambda: world.cloud.calls("CreateBackup"))
    began = time.monotonic()
    machine.run("systemctl stop retaind")
    took = time.monotonic() - began
    print(f"# with a call that is never answered it took {took:.1f} s")
    assert 5 < took and machine.show("Result") == "success"
    # What became of the call is not known: the next start lists, and does not send it again.
    machine.run("systemctl start retaind")
    eventually("the daemon has listed", lambda: world.status()["listed"])
    assert len(world.cloud.calls("CreateBackup")) == 1


NOBODY = "setpriv --reuid=65534 --regid=65534 --clear-groups"
MEMBER = "setpriv --reuid=65534 --regid=65534 --groups=$(getent group retaind | cut -d: -f3)"


@case
def a_member_of_the_group_may_do_everything_and_others_nothing(world):
    world.fresh(sets=3)
    world.listed(3)
    run = world.machine.run
    for words in ("status", "plan orders", "history", "health", "reload", "backup orders", "prune orders --wait"):
        run(f"{MEMBER} retainctl {words}")
        refused = run(f"{NOBODY} retainctl {words}", check=False)
        assert refused.returncode != 0, words
        assert "join the group retaind" in refused.stdout + refused.stderr, refused.stderr
    # Neither can read the state, let alone the keys.
    for path in ("/var/lib/retaind/state.db", "/etc/credstore/retaind.access-key-secret",
                 "/run/credentials/retaind.service/access-key-secret"):
        for who in (MEMBER, NOBODY):
            assert run(f"{who} cat {path}", check=False).returncode != 0, (who, path)


def search(machine, grep, where=""):
    """What grep says; the secret goes in by standard input, so that no command line holds it."""
    return machine.run(f"exec 3<<<\"$(cat)\"; {grep} -F -f /dev/fd/3 {where} 2>/dev/null", stdin=KEY_SECRET,
                       check=False).stdout.split()


@case
def s9_the_secret_is_nowhere_but_in_its_place(world):
    machine = world.machine
    world.fresh(sets=12, LimitCORE="infinity")
    eventually("3 sets are left", lambda: len(world.cloud.sets()) == 3)
    # The cloud's answer to a wrong secret echoes what was signed. Then a crash, with cores allowed.
    world.key(KEY_SECRET + "X")
    machine.run("systemctl restart retaind")
    eventually("the refusal is told", lambda: "SignatureDoesNotMatch" in json.dumps(world.status()))
    pid = world.pid()
    machine.run("systemctl kill --signal=ABRT retaind")
    eventually("another process", lambda: world.pid() not in (0, pid) and machine.show("ActiveState") == "active")
    world.ctl("status; retainctl plan; retainctl history; retainctl health", check=False)
    for what, command in {
        "systemctl show": "systemctl show retaind cloud; systemctl cat retaind; systemctl status retaind",
        "journal": "journalctl --all -o export --no-pager",
        "ps": "ps axeww 2>/dev/null; cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ",
        "replies": "retainctl status --json; retainctl plan --json; retainctl history --json; retainctl health --json",
        "state": "cat /var/lib/retaind/*",
    }.items():
        found = search(machine, f"({command}) | tr '\\0' '\\n' | grep -a -c")[0]
        assert found == "0", f"{what}: {found}"
    files = search(machine, "grep -r -a -l -D skip", "/etc /root /run /tmp /var /usr/local /usr/share/doc /home /srv")
    strays = [f for f in files if not f.startswith(("/etc/credstore/", "/run/credentials/retaind.service/"))]
    assert not strays, strays
    assert "/etc/credstore/retaind.access-key-secret" in files, "the search finds nothing at all"
    world.key()


@case
def an_instance_unit_runs_beside_the_service(world):
    machine = world.machine
    world.fresh(sets=3)
    after = machine.cursor()
    machine.run("cd /etc/credstore && for f in access-key-id access-key-secret; do cp -p retaind.$f retaind-work.$f; done")
    machine.run("mkdir -p /etc/systemd/system/retaind@.service.d && cp /etc/systemd/system/retaind.service.d/10-test.conf "
                "/etc/systemd/system/retaind@.service.d/ && cp /etc/retaind/policy.yaml /etc/retaind/work.yaml && "
                "systemctl daemon-reload && systemctl start retaind@work")
    machine.run("retainctl status --socket /run/retaind-work/control && retainctl status")
    owner, mode = machine.out("stat -c '%u %a' /var/lib/retaind-work/state.db").split()
    assert owner != machine.out("id -u retaind") and mode == "600", (owner, mode)
    entry = [e for e in machine.journal(after) if e.get("MESSAGE_ID") == STARTED][-1]
    assert "1 cluster in /etc/retaind/work.yaml" in entry["MESSAGE"]
    assert entry["_SYSTEMD_UNIT"] == "retaind@work.service"
    # It keeps its state over a restart, and takes over what the one user of earlier versions had.
    before = machine.out("stat -c %i /var/lib/retaind-work/state.db")
    machine.run("systemctl stop retaind@work; rm /var/lib/retaind-work; mv /var/lib/private/retaind-work /var/lib/retaind-work; "
                "chown -R retaind:retaind /var/lib/retaind-work; systemctl start retaind@work")
    assert machine.out("stat -L -c %i /var/lib/retaind-work/state.db") == before
    machine.run("systemctl stop retaind@work; rm -r /etc/systemd/system/retaind@.service.d /etc/retaind/work.yaml "
                "/etc/credstore/retaind-work.*")


class Pings:
    """A service that pings every minute, and what comes of its pings."""

    def __init__(self, world, told):
        self.world, self.told = world, told
        world.machine.run(f"echo {sinks.URL}/ping/plain | "
                          "install -m 600 -o retaind -g retaind /dev/stdin /etc/retaind/ping-url")
        sink = "notify:\n  - {kind: ping, url_file: /etc/retaind/ping-url, every: 1min}\n"
        world.fresh(POLICY + sink, sets=3, Restart="no")
        self.expected()

    def count(self):
        return sum(line.startswith("ping /ping/plain") for line in self.told())

    def expected(self):
        count = self.count()
        eventually("a ping", lambda: self.count() > count)

    def silent(self):
        count = self.count()
        time.sleep(65)
        assert self.count() == count, "pinged all the same"


@case
def l3_a_dead_mans_switch_falls_silent_when_the_service_does(world):
    """Pinged by the loop alone: not while the service stands still, nor once it was killed."""
    machine = world.machine
    with sinks.listening(world) as told:
        pings = Pings(world, told)
        machine.run("systemctl kill --signal=SIGSTOP --kill-whom=main retaind")
        pings.silent()
        machine.run("systemctl kill --signal=SIGCONT --kill-whom=main retaind; systemctl start retaind")
        pings.expected()
        machine.run("systemctl kill --signal=KILL retaind")
        pings.silent()
    machine.run("rm /etc/retaind/ping-url")


@contextlib.contextmanager
def disk_of_its_own(machine):
    """The state lies on a file system that can be frozen, as on a disk that hangs."""
    with tempfile.NamedTemporaryFile(suffix=".img") as image:
        image.truncate(32 << 20)
        subprocess.run(["mkfs.ext4", "-q", image.name], check=True)
        found = subprocess.run(["losetup", "--find", "--show", image.name], text=True, check=False,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if found.returncode:
            raise Skip(f"no loop device: {found.stderr.strip()}")
        loop = found.stdout.strip()
        try:
            machine.run(f"mknod -m 600 /root/disk b 7 {os.minor(os.stat(loop).st_rdev)}; systemctl stop retaind; "
                        "mount -t ext4 /root/disk /var/lib/retaind && chown retaind:retaind /var/lib/retaind && "
                        "systemctl start retaind")
            yield
        finally:
            machine.run("fsfreeze --unfreeze /var/lib/retaind; systemctl stop retaind; umount /var/lib/retaind; "
                        "rm /root/disk", check=False)
            subprocess.run(["losetup", "--detach", loop], check=False)


@case
def l3_a_dead_mans_switch_falls_silent_while_the_disk_hangs(world):
    machine = world.machine
    with sinks.listening(world) as told:
        pings = Pings(world, told)
        with disk_of_its_own(machine):
            pings.expected()
            machine.run("fsfreeze --freeze /var/lib/retaind; timeout 5 retainctl hold --reason 'the disk hangs'", check=False)
            pings.silent()
            machine.run("fsfreeze --unfreeze /var/lib/retaind; systemctl start retaind")
            pings.expected()
    machine.run("rm /etc/retaind/ping-url")
