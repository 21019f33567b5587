"""The packages: installed by the words of the installation page, upgraded, removed, purged."""

import re

from page import commands
from world import CLUSTER, DROP_IN, KEY_ID, KEY_SECRET, POLICY, Cases, eventually

case = Cases()
last = Cases()  # these take the package away
# dpkg's answer to its own question where nobody can be asked: the one that it proposes.
KEEP_EDITS = "-o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold"


@case
def the_installation_page_works_word_by_word(world):
    """What people paste, type and edit is stood in for; every command is run as it is written."""
    machine = world.machine
    pasted = {"/etc/credstore/retaind.access-key-id": KEY_ID, "/etc/credstore/retaind.access-key-secret": KEY_SECRET}
    ran = 0
    for line in commands("packaging/INSTALL.md"):
        stdin = next((text for path, text in pasted.items() if line.endswith(f"/dev/stdin {path}")), None)
        # The editor of this person changes nothing; the network is the simulator.
        machine.run(f"cd /root; export EDITOR=true; {line}", stdin=stdin)
        ran += 1
        if line.startswith("apt-get install"):
            machine.run("apt-get install -y /root/adb-simulator_*.deb")
            world.cloud.start()
            world.cloud.control("cluster", id=CLUSTER, retention_days=730)
            world.drop_in("10-test", DROP_IN)
            machine.run("systemctl daemon-reload")
    assert ran >= 15, f"the page has only {ran} commands"
    assert machine.run("test -e /etc/credstore/retaind.access-key-secret", check=False).returncode == 1
    # The example's daily schedule is made up for at first sight, so the page ends with a first backup.
    eventually("the first backup, with the encrypted key", lambda: world.status()["valid"] == 1)
    assert world.ctl("health").returncode == 0


@case
def installed_files_user_and_unit_are_as_they_should_be(world):
    machine = world.machine
    assert machine.out("systemctl is-enabled retaind") == "enabled"
    assert re.match(r"retaind:x:\d+:\d+:[^:]*:/var/lib/retaind:/usr/sbin/nologin", machine.out("getent passwd retaind"))
    assert machine.out("stat -c '%U:%G %a' /var/lib/retaind") == "retaind:retaind 700"
    assert machine.out("stat -c '%U:%G %a' /var/lib/retaind/state.db") == "retaind:retaind 600"
    assert machine.out("stat -c '%U:%G %a' /run/retaind/control") == "retaind:retaind 660"
    assert machine.out("stat -c '%U:%G %a' /etc/retaind/policy.yaml") == "root:root 644"
    assert machine.out("retainctl --version") == machine.out("retaind --version").replace("retaind", "retainctl")


@case
def journalctl_explains_in_the_language_of_who_reads(world):
    """The locale is not installed; its name is all that counts here."""
    machine = world.machine
    machine.run("install -d /root/locales; ln -sfn /usr/lib/locale/C.utf8 /root/locales/zh_CN.UTF-8")
    for locale, subject in (("C.UTF-8", "Subject: retaind has started"), ("zh_CN.UTF-8", "Subject: retaind 已启动")):
        assert subject in machine.out(f"LOCPATH=/root/locales LC_ALL={locale} journalctl -u retaind -x --no-pager"), locale
    machine.run("rm -r /root/locales")


@case
def units_verify_and_the_exposure_is_at_most_1(world):
    machine = world.machine
    for unit in ("retaind.service", "retaind@work.service"):
        found = machine.run(f"systemd-analyze verify --man=no {unit}")
        assert "retaind" not in found.stdout + found.stderr, found.stderr
        figure = machine.out(f"systemd-analyze security --no-pager {unit} | tail -1")
        exposure = float(re.search(r"level for \S+: ([\d.]+)", figure)[1])
        print(f"# {figure}")
        assert exposure <= 1.0, figure


def repack(machine, version, policy_line):
    """The installed package under another version, with another default policy."""
    machine.run(f"""set -e; cd /root; rm -rf new; dpkg-deb -R retaind_*_*.deb new
        sed -i 's/^Version: .*/Version: {version}/' new/DEBIAN/control
        echo '{policy_line}' >> new/etc/retaind/policy.yaml
        rm -f new/DEBIAN/md5sums; mkdir -p upgrade; dpkg-deb -b new upgrade/retaind.deb; rm -rf new""")


@case
def an_upgrade_restarts_the_service_and_keeps_schedule_state_and_edits(world):
    machine = world.machine
    policy = POLICY.replace("{schedule: none}", "{schedule: hourly}") + "# edited by hand\n"
    world.fresh(policy)
    eventually("the slot that counts at first sight", lambda: world.status()["valid"] == 1)
    before = world.status()
    pid, calls = world.pid(), len(world.cloud.calls("CreateBackup"))
    state = machine.out("stat -c %i /var/lib/retaind/state.db")
    repack(machine, "0.1.1-1", "# a new default")
    machine.run(f"apt-get install -y {KEEP_EDITS} /root/upgrade/retaind.deb")
    assert world.pid() not in (0, pid), "the service was not restarted"
    eventually("the daemon has listed", lambda: world.status()["listed"])
    after = world.status()
    assert after["next_backup"] == before["next_backup"]
    assert after["valid"] == 1 and len(world.cloud.calls("CreateBackup")) == calls
    assert machine.out("stat -c %i /var/lib/retaind/state.db") == state
    assert "# edited by hand" in machine.out("cat /etc/retaind/policy.yaml")
    assert "backup-done" in world.ctl("history --json").stdout


@last
def removing_keeps_policy_and_state_and_installing_again_finds_them(world):
    machine = world.machine
    world.fresh(POLICY + "# mine\n", sets=3)
    world.listed(3)
    machine.run("apt-get remove -y retaind")
    assert machine.run("systemctl is-active retaind", check=False).stdout.strip() != "active"
    assert machine.run("test -e /usr/bin/retaind", check=False).returncode == 1
    assert machine.run("test -s /var/lib/retaind/state.db -a -s /etc/retaind/policy.yaml").returncode == 0
    machine.run(f"cd /root && apt-get install -y --allow-downgrades {KEEP_EDITS} ./retaind_*.deb")
    assert "# mine" in machine.out("cat /etc/retaind/policy.yaml")
    eventually("the service runs again", lambda: machine.show("ActiveState") == "active")


@last
def purging_leaves_nothing(world):
    machine = world.machine
    machine.run("install -d /var/lib/retaind-of-others; touch /var/lib/retaind-of-others/kept")
    machine.run("apt-get purge -y retaind adb-simulator")
    # Only ours is removed: neither another's folder, nor the files that the page of the first hour has a person write.
    machine.run("rm /var/lib/retaind-of-others/kept; rmdir /var/lib/retaind-of-others")
    machine.run("cd /etc/retaind && rm -f ping-url ding-url ding-secret && cd / && rmdir /etc/retaind", check=False)
    left = machine.out("find / -xdev ( -path /proc -o -path /sys ) -prune -o -name '*retaind*' -print".replace(
        "(", "\\(").replace(")", "\\)")).splitlines()
    # What the person or the test put there, and apt's own memory of what it saw.
    known = ("/root/", "/etc/credstore", "/etc/systemd/system/retaind.service.d", "/var/cache/apt", "/var/lib/apt")
    strays = [path for path in left if not path.startswith(known)]
    assert not strays, strays
    assert machine.run("test -e /var/lib/retaind -o -e /etc/retaind", check=False).returncode == 1
    assert machine.run("journalctl --update-catalog; journalctl --list-catalog | grep -i 'retaind:'", check=False).stdout == ""
