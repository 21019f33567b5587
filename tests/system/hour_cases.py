"""The page of the first hour, and each way to log in that it and retaind(8) name, under the unit's sandbox."""

import json
import re

import sinks
from cloud import URL
from keys import ROLE, SESSION, given
from page import blocks, commands, examples, missing
from world import CLUSTER, KEY_ID, KEY_SECRET, POLICY, Cases, eventually

# The pages of the installation and of the first hour in each language, and the section of the former that installs.
ENGLISH = ("packaging/INSTALL.md", "Install", "packaging/FIRST-HOUR.md")
CHINESE = ("packaging/INSTALL.zh-CN.md", "安装", "packaging/FIRST-HOUR.zh-CN.md")
case = Cases()
# All that differs from a real account: where the cloud is, who vouches for it, and what the page calls it.
ELSEWHERE = f"RETAIND_ENDPOINT={URL} RETAIND_STS_ENDPOINT={URL} RETAIND_CA_FILE=/etc/cloud/ca.pem"
HOST = "https://adb.cn-hangzhou.aliyuncs.com"

PROFILES = json.dumps({"current": "default", "profiles": [
    {"name": "default", "mode": "AK", "access_key_id": KEY_ID, "access_key_secret": KEY_SECRET},
    {"name": "command", "mode": "External", "process_command": "/usr/local/bin/our-keys"},
    {"name": "uri", "mode": "CredentialsURI", "credentials_uri": "http://127.0.0.1:8099/credentials"}]})


def look(machine, script, shown):
    """Whatever only looks is looked at again if it does not show yet."""
    only_looks = re.fullmatch(r"(retainctl (doctor|status|plan|history|health|restore)|journalctl)\b.*\n", script)
    said = []

    def as_shown():
        said[:] = [machine.out(script).replace(URL, HOST)]
        return not shown or missing(shown, said[0]) is None
    if only_looks:
        try:
            eventually("", as_shown, every=1)
        except AssertionError:
            pass
    else:
        as_shown()
    assert not shown or missing(shown, said[0]) is None, (
        f"{script}is shown to say: {missing(shown, said[0])}\nand says:\n{said[0]}")


def bare(world, page, section):
    """As if nothing had ever been installed, nor logged; then the installation page's own words."""
    machine = world.machine
    machine.run("apt-get purge -y retaind; rm -rf /etc/credstore* /etc/systemd/system/retaind.service.d /etc/retaind")
    machine.run("journalctl --rotate; rm -f /var/log/journal/*/*@*.journal /run/log/journal/*/*@*.journal")
    world.cloud.control("reset")
    machine.run(f"systemctl daemon-reload; systemctl set-environment {ELSEWHERE}")
    for line in commands(page, section):
        machine.run(f"cd /root; {line}")


@case
def a_page_that_shows_something_else_is_found(world):
    said = "orders at 2026-11-22\n60 sets: 23 kept\nheld (grace): for 1 d\n\nID  VERDICT\n12  keep    daily 1 of 2\n13  delete  old"
    for shown in (said, "orders at 2027-01-01\n...\nID VERDICT\n...", "...\n13 delete old", "orders at ...\n...",
                  "...\nheld (grace): for 23 h 59 min\n...\n99 keep daily 3 of 4\n..."):
        assert missing(shown, said) is None, (shown, missing(shown, said))
    for shown in ("orders at 2026-11-22", "...\nheld (fresh): for 1 d\n...", "60 sets: 23 kept\n...", "...\n60 sets: 23 kept",
                  "...\n13 delete old\n12 keep daily 1 of 2", said + "\n14 keep"):
        assert missing(shown, said) is not None, shown


def word_by_word(world, install, section, hour):
    """A new user's ECS instance has a role; the account has a cluster with two months of sets, and two of a fleet."""
    machine, control = world.machine, world.cloud.control
    bare(world, install, section)
    tags = {"env": "prod"}
    control("cluster", id=CLUSTER, retention_days=60, description="orders", tags=tags)
    control("seed", cluster=CLUSTER, count=60)
    for number in (1, 2):
        other = f"amv-bp1xxxxxxxxxxxx{number}"
        control("cluster", id=other, retention_days=30, description=f"shop-{number}", tags=tags)
        control("seed", cluster=other, count=8)
    machine.write("/root/.aliyun/config.json", PROFILES, 0o600)
    try:
        with given(world), sinks.listening(world) as told:
            ran = []
            for script, shown in blocks(hour):
                # The one word that has to be another for everyone.
                plan = re.search(r"retainctl approve amv-\w+ (\w+)", machine.run("retainctl plan", check=False).stdout)
                if plan:
                    script = re.sub(r"(approve amv-\w+) \w+", rf"\1 {plan[1]}", script)
                # Likewise a set that no rule keeps.
                if "protect orders" in script:
                    doomed = re.search(r"^(\d+) .* delete ", machine.out("retainctl plan orders"), re.M)
                    script = re.sub(r"(protect orders) \d+", rf"\1 {doomed[1]}", script)
                # And the newest one.
                if "proved orders" in script:
                    newest = re.search(r"^Set: (\d+),", machine.out("retainctl restore orders"), re.M)
                    script = re.sub(r"(proved orders) \d+", rf"\1 {newest[1]}", script)
                look(machine, sinks.ours(script), shown)
                ran.append(script)
            assert any(line.startswith("message dingtalk") for line in told()), told()
        assert len(ran) >= 15, f"the page has only {len(ran)} blocks"
        for wanted in ("notify --test", "hold orders", "release orders", "protect orders", "restore orders", "proved orders"):
            assert any(f"retainctl {wanted}" in script for script in ran), f"the page does not tell of: {wanted}"
        # An hour that deletes nothing, makes one backup, and raises the retention of all three.
        assert not world.cloud.calls("DeleteBackups")
        assert len(world.cloud.calls("CreateBackup")) == 1
        assert {c["retention_days"] for c in world.cloud.clusters()} == {730}
    finally:
        machine.run("systemctl unset-environment RETAIND_ENDPOINT RETAIND_STS_ENDPOINT RETAIND_CA_FILE; rm -rf "
                    "/root/.aliyun /var/lib/retaind/.aliyun /etc/retaind/policy.d/*; systemctl enable retaind")


@case
def the_first_hour_works_word_by_word_and_says_what_the_page_shows(world):
    word_by_word(world, *ENGLISH)


@case
def the_first_hour_works_word_by_word_in_chinese_too(world):
    word_by_word(world, *CHINESE)


@case
def the_examples_of_the_man_pages_work(world):
    machine = world.machine
    for page, least in (("retaind.policy.5", 4), ("retainctl.1", 4), ("adb-simulator.1", 1), ("retaind.8", 5)):
        world.fresh(sets=3)
        world.listed(3)
        ran = examples(f"packaging/man/{page}")
        assert len(ran) >= least, (page, ran)
        # The simulator serves until it is told to stop; the machine's own has its port.
        script = "\n".join(ran).replace("adb-simulator --port 8443", "timeout --preserve-status 2 adb-simulator --port 8444")
        machine.run(f"mkdir -p /root/examples; cd /root/examples; export EDITOR=true; set -e\n{script}")
    machine.run("rm -r /root/examples")


def doctor(world):
    """What it says of who we are, or why not."""
    found = json.loads(world.machine.out("retainctl doctor --json", check=False))
    return next(f for f in found if f["check"] in ("login", "identity"))


def as_account(world, account):
    """The service, with no key but what this account says."""
    world.fresh(f"accounts: {{default: {json.dumps(account)}}}\n{POLICY}", sets=3, start=False,
                Environment=f"RETAIND_STS_ENDPOINT={URL}")
    world.machine.run("rm /etc/credstore/retaind.*; systemctl start retaind")


def profile(world, name, place="/etc/retaind/aliyun.json"):
    world.machine.run(f"install -D -m 600 -o retaind -g retaind /dev/stdin {place}", stdin=PROFILES)
    as_account(world, {"login": "profile", "profile": name, "file": place})


@case
def the_sandbox_lets_an_instance_with_a_role_go_without_a_key(world):
    with given(world):
        as_account(world, {"login": "ecs"})
        world.listed(3)
        assert {c["access_key"] for c in world.cloud.calls("DescribeBackups")} == {SESSION}
        assert doctor(world)["text"].startswith(f"{ROLE}, keys from ECS metadata")


@case
def the_sandbox_lets_a_credentials_uri_of_this_machine(world):
    with given(world, "127.0.0.1", 8099):
        for account in (None, {"login": "uri", "uri": "http://127.0.0.1:8099/credentials"}):
            if account:
                as_account(world, account)
            else:
                profile(world, "uri")
            world.listed(3)
            assert {c["access_key"] for c in world.cloud.calls("DescribeBackups")} == {SESSION}
    world.machine.run("rm /etc/retaind/aliyun.json")


@case
def the_sandbox_keeps_a_profiles_command_out_until_the_example_lets_it_in(world):
    machine = world.machine
    keys = json.dumps({"mode": "AK", "access_key_id": KEY_ID, "access_key_secret": KEY_SECRET})
    machine.write("/usr/local/bin/our-keys", f"#!/bin/sh\necho '{keys}'\n", 0o755)
    try:
        profile(world, "command")
        assert "the command does not start: Permission denied" in doctor(world)["text"]
        machine.run("install -m 644 /usr/share/doc/retaind/examples/command.conf /etc/systemd/system/retaind.service.d/ && "
                    "systemctl daemon-reload && systemctl restart retaind")
        world.listed(3)
        assert "profile 'command' of /etc/retaind/aliyun.json" in doctor(world)["text"]
    finally:
        machine.run("rm -f /usr/local/bin/our-keys /etc/retaind/aliyun.json")


@case
def the_sandbox_closes_homes_whoever_owns_the_file(world):
    try:
        profile(world, "default", "/home/someone/.aliyun/config.json")
        world.machine.run("chmod 755 /home/someone")
        found = doctor(world)
        assert found["state"] == "bad" and "/home/someone/.aliyun/config.json" in found["text"], found
    finally:
        world.machine.run("rm -rf /home/someone")


@case
def policy_d_is_there_and_read(world):
    assert world.machine.out("stat -c '%U:%G %a' /etc/retaind/policy.d") == "root:root 755"
    world.fresh(POLICY.partition("clusters:")[0], start=False)
    world.machine.write("/etc/retaind/policy.d/orders.yaml", f"version: 1\nclusters: [{{id: {CLUSTER}, name: orders}}]\n", 0o600)
    try:
        assert world.machine.run("systemctl start retaind", check=False).returncode, "it cannot read what only root can"
        world.machine.run("chmod 644 /etc/retaind/policy.d/orders.yaml; systemctl reset-failed retaind; systemctl start retaind")
        assert world.status()["name"] == "orders"
    finally:
        world.machine.run("rm /etc/retaind/policy.d/orders.yaml")
