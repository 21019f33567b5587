"""Trouble from the machine: disks, memory, the network, the clock."""

import pathlib
import subprocess
import time

from world import CLUSTER, POLICY, STATE_FAILED, Cases, Skip, eventually

case = Cases()


def small_disk(world):
    """A file system of 1 MiB for the state."""
    world.machine.run("mount -t tmpfs -o size=1m,mode=700,uid=$(id -u retaind),gid=$(id -g retaind) state "
                      "/var/lib/retaind")


@case
def s4_on_a_full_disk_nothing_is_changed_in_the_cloud_and_it_goes_on_by_itself(world):
    machine = world.machine
    world.fresh(POLICY.replace("last: 3", "last: 30"), sets=12, start=False)
    small_disk(world)
    machine.run("systemctl start retaind")
    world.listed(12)
    machine.run("dd if=/dev/zero of=/var/lib/retaind/filler bs=4k 2>/dev/null", check=False)
    after = machine.cursor()
    world.policy(POLICY)
    machine.run("systemctl reload retaind")
    world.ctl("backup orders", check=False)
    eventually("it says that the state cannot be written",
               lambda: any(e.get("MESSAGE_ID") == STATE_FAILED for e in machine.journal(after)))
    time.sleep(2)
    assert not world.cloud.calls("DeleteBackups") and not world.cloud.calls("CreateBackup")
    assert machine.show("ActiveState") == "active" and machine.show("NRestarts") == "0"
    assert "well" not in machine.show("StatusText").split(":")[1][:8], machine.show("StatusText")
    assert world.ctl("health", check=False).returncode == 2
    machine.run("rm /var/lib/retaind/filler")
    eventually("the deletes are made up for", lambda: world.status()["valid"] <= 4 and world.status()["deleting"] == 0)


@case
def a_read_only_state_directory_stops_the_start_and_it_starts_when_that_ends(world):
    machine = world.machine
    world.fresh(sets=12, start=False)
    small_disk(world)
    machine.run("mount -o remount,ro /var/lib/retaind")
    after = machine.cursor()
    assert machine.run("timeout 10 systemctl start retaind", check=False).returncode != 0
    assert world.said("/var/lib/retaind/state.db", after)
    assert not world.cloud.calls("DeleteBackups")
    machine.run("mount -o remount,rw /var/lib/retaind; systemctl reset-failed retaind; "
                "systemctl start --no-block retaind")
    eventually("it runs", lambda: machine.show("ActiveState") == "active")
    eventually("3 sets are left", lambda: len(world.cloud.sets()) == 3)


def limit_from_outside(pid_in_machine, leader, limit):
    """Where units have no memory controller in a container (cgroup v1): a group made here, that the
    daemon is moved to. The same kernel kills it for the same reason."""
    group = pathlib.Path(f"/sys/fs/cgroup/memory/retaind-system-test-{leader}")
    inside = pathlib.Path(f"/proc/{leader}/ns/pid").readlink()
    for status in pathlib.Path("/proc").glob("[0-9]*/status"):
        try:
            ids = next(line for line in status.read_text().splitlines() if line.startswith("NSpid:")).split()
            if ids[-1] == str(pid_in_machine) and (status.parent / "ns/pid").readlink() == inside:
                group.mkdir()
                (group / "memory.limit_in_bytes").write_text(str(limit))
                (group / "cgroup.procs").write_text(ids[1])
                return group
        except (OSError, StopIteration):
            continue
    raise Skip("no memory controller can be used on this machine")


@case
def out_of_memory_ends_the_daemon_and_the_next_one_goes_on(world):
    machine = world.machine
    world.fresh(POLICY.replace("last: 3", "last: 30"), sets=12)
    world.listed(12)
    pid, group = world.pid(), None
    native = machine.show("MemoryCurrent").isdigit()
    if native:
        machine.run("systemctl set-property --runtime retaind MemoryMax=4M")
    elif pathlib.Path("/sys/fs/cgroup/memory").is_dir():
        group = limit_from_outside(pid, machine.leader, 2 << 20)
    else:
        raise Skip("the machine has no memory controller")
    try:
        # A listing that is too large for the limit.
        world.cloud.control("seed", count=20000, every_s=60)
        machine.run("retainctl prune orders", check=False)
        eventually("another process", lambda: world.pid() not in (0, pid))
    finally:
        world.cloud.control("reset")
        world.cloud.control("cluster", id=CLUSTER, retention_days=730)
        world.cloud.control("seed", count=12, every_s=86400)
        if native:
            machine.run("systemctl revert retaind; systemctl daemon-reload", check=False)
        if group:
            eventually("the group is empty", lambda: not (group / "cgroup.procs").read_text())
            group.rmdir()
    print(f"# {'MemoryMax= of the unit' if native else 'a group from outside: units have no memory controller here'}")
    assert machine.show("MemoryMax") not in ("", "infinity")
    eventually("it runs", lambda: machine.show("ActiveState") == "active")
    world.listed(12)
    assert len(world.cloud.sets()) == 12


@case
def booted_without_a_network_it_is_up_says_so_and_goes_on_when_it_comes(world):
    machine = world.machine
    world.fresh(sets=12, start=False)
    machine.write("/etc/systemd/system/cut.service", "[Unit]\nBefore=retaind.service\n[Service]\nType=oneshot\n"
                  "ExecStart=/sbin/ip link set lo down\n[Install]\nWantedBy=multi-user.target\n")
    machine.run("systemctl enable cut")
    machine.halt()
    print(f"# booted in {machine.boot():.1f} s")
    eventually("it is up", lambda: machine.show("ActiveState") == "active")
    eventually("STATUS= tells of trouble", lambda: "1 cluster: 1 well" not in machine.show("StatusText")
               and "1 cluster" in machine.show("StatusText"))
    eventually("it says what", lambda: "listed" in machine.out("journalctl -b -t retaind --no-pager"))
    assert world.ctl("health", check=False).returncode in (2, 3)
    machine.run("systemctl disable cut; rm /etc/systemd/system/cut.service; ip link set lo up")
    world.cloud.wait()
    world.cloud.reset(12)
    eventually("3 sets are left", lambda: len(world.cloud.sets()) == 3)
    assert machine.show("NRestarts") == "0"


# Where the unit lets libraries be loaded from.
WRONG_CLOCK = "/usr/lib/" + subprocess.run(["gcc", "-print-multiarch"], check=True, text=True,
                                           stdout=subprocess.PIPE).stdout.strip() + "/wrongclock.so"
# The daemon's clock is off by the seconds in this file; see wrongclock.c.
WRONG = {"Environment": f"LD_PRELOAD={WRONG_CLOCK} WRONG_CLOCK=/etc/wrong-clock"}


def set_clock(world, offset_s):
    world.machine.write("/etc/wrong-clock", str(offset_s))


@case
def s6_deletes_are_held_while_the_clock_is_wrong_either_way_and_backups_go_on(world):
    machine = world.machine
    for wrong in (600, -600):
        set_clock(world, 0)
        world.fresh(POLICY.replace("last: 3", "last: 30"), sets=12, **WRONG)
        world.listed(12)
        set_clock(world, wrong)
        world.policy(POLICY)
        machine.run("systemctl reload retaind")
        eventually("deletes are held for the clock", lambda: "clock" in world.holds())
        world.ctl("backup orders")
        eventually("a backup is taken", lambda: len(world.cloud.sets()) == 13)
        time.sleep(2)
        assert not world.cloud.calls("DeleteBackups")
        set_clock(world, 0)
        eventually(f"after {wrong} the deletes go on", lambda: len(world.cloud.sets()) == 3)


@case
def s6_a_clock_wrong_by_years_deletes_nothing(world):
    machine = world.machine
    for wrong in (3600 * 86400, -3600 * 86400):
        set_clock(world, 0)
        world.fresh(POLICY.replace("last: 3", "within: 30d"), sets=12, **WRONG)
        world.listed(12)
        set_clock(world, wrong)
        time.sleep(4)
        assert machine.show("ActiveState") == "active" and machine.show("NRestarts") == "0"
        assert len(world.cloud.sets()) == 12 and not world.cloud.calls("DeleteBackups")
        set_clock(world, 0)
        eventually("all is well again", lambda: "1 cluster: 1 well" in machine.show("StatusText"))
    machine.run("rm /etc/wrong-clock")


@case
def nothing_but_the_journal_and_the_state_grows(world):
    machine = world.machine
    world.fresh(sets=60)
    eventually("3 sets are left", lambda: len(world.cloud.sets()) == 3)
    machine.run("systemctl restart retaind; touch /root/mark; sleep 1.1; retainctl backup orders --wait; "
                "retainctl prune orders --wait; systemctl reload retaind; systemctl restart retaind")
    world.listed(3)
    changed = machine.out("find / -xdev \\( -path /proc -o -path /sys -o -path /run \\) -prune -o -type f "
                          "-newer /root/mark -print").splitlines()
    strays = [f for f in changed if not f.startswith(("/var/log/journal/", "/var/lib/retaind/state.db", "/var/lib/retaind/history.db"))]
    assert not strays, strays
    assert machine.out("ls -A /var/lib/retaind | grep -vE '^((state|history).db.*|orders)$' | wc -l") == "0"
