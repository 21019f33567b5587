#!/usr/bin/env python3
"""What people read and type beside the programs says what the programs do: catalog, man pages, completions, units."""

import ipaddress
import json
import os
import pathlib
import pty
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from cases import Cases, Skip, output  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ["RETAIND_BIN"])
UNITS = pathlib.Path(os.environ["RETAIND_UNITS"])
PAGES = ["retaind.8", "retainctl.1", "retaind.policy.5", "adb-simulator.1"]
case = Cases()


def text(path):
    return (ROOT / path).read_text()


def page(name):
    """A man page as plain text."""
    return re.sub(r".\x08", "", output("mandoc", "-T", "ascii", ROOT / "packaging/man" / name))


def catalog():
    """The entries of the catalog by their ids."""
    entries = re.split(r"^-- ([0-9a-f]{32})$", text("systemd/retaind.catalog"), flags=re.M)[1:]
    return dict(zip(entries[::2], entries[1::2]))


def commands():
    """The commands of retainctl, each with the options that its help names."""
    overview = output(BIN / "retainctl", "help")
    found = {}
    for name in re.findall(r"^  (\w+) ", overview, re.M):
        found[name] = set(re.findall(r"--[a-z][a-z-]*", output(BIN / "retainctl", "help", name)))
    assert len(found) >= 12, overview
    return found


@case
def the_catalog_explains_each_message_id_once_and_no_other():
    used = re.findall(r'"([0-9a-f]{32})"', text("daemon/service/messages.h"))
    assert len(used) == len(set(used)) >= 31
    written = re.findall(r"^-- ([0-9a-f]{32})$", text("systemd/retaind.catalog"), re.M)
    assert written == used, f"without text: {set(used) - set(written)}; text for none: {set(written) - set(used)}"


@case
def each_catalog_entry_says_what_happened_and_where_to_read_on():
    known = set(re.findall(r'"(RETAIND_[A-Z_]+)"', text("daemon/service/journal.c")))
    for number, entry in catalog().items():
        assert re.match(r"\nSubject: \S.*\nDefined-By: retaind\nDocumentation: man:retain(d|ctl)\S+\n\n", entry), number
        assert len(entry.split("\n\n", 1)[1]) > 80, f"{number} is too short to help"
        assert all(len(line) <= 80 for line in entry.splitlines()), f"{number} has a long line"
        fields = set(re.findall(r"@([A-Z_]+)@", entry))
        assert fields <= known, f"{number} names fields that are never sent: {fields - known}"


@case
def journalctl_takes_the_catalog():
    with tempfile.TemporaryDirectory() as root:
        place = pathlib.Path(root, "usr/lib/systemd/catalog")
        place.mkdir(parents=True)
        shutil.copy(ROOT / "systemd/retaind.catalog", place)
        done = subprocess.run(["journalctl", f"--root={root}", "--update-catalog"], capture_output=True, text=True,
                              check=True)
        assert not done.stderr, done.stderr


@case
def mandoc_finds_nothing_wrong_with_the_man_pages():
    done = subprocess.run(["mandoc", "-T", "lint", *(ROOT / "packaging/man" / p for p in PAGES)],
                          capture_output=True, text=True, check=False)
    # Pages that it refers to may not be installed here.
    found = [line for line in (done.stdout + done.stderr).splitlines()
             if "referenced manual not found" not in line and "outdated mandoc.db" not in line]
    assert not found, "\n".join(found)


@case
def retaind_policy_5_has_every_key_and_no_other():
    schema = json.loads(text("config/policy.schema.json"))
    definitions = schema["$defs"]

    def below(node):
        while "$ref" in node:
            node = definitions[node["$ref"].split("/")[-1]]
        return node

    keys = set()
    found = definitions["found"]["properties"]
    for key, node in {**below({"$ref": "#/$defs/layer"})["properties"], "metrics": schema["properties"]["metrics"],
                      "discover": found["discover"]}.items():
        keys |= {key} | {f"{key}.{k}" for k in below(node).get("properties", {})}
    for name in ("cluster", "range", "protected", "sink"):
        keys |= set(definitions[name]["properties"])
    keys |= set(schema["properties"])
    keys |= set(found) | set(definitions["account"]["properties"])
    named = set(re.findall(r"^\.It Cm ([a-z_.]+)$", text("packaging/man/retaind.policy.5"), re.M))
    assert len(keys) >= 30
    assert named == keys, f"missing: {keys - named}; unknown: {named - keys}"


@case
def retainctl_1_has_every_command_and_option():
    shown = page("retainctl.1")
    for name, options in commands().items():
        assert re.search(rf"^     {name}\b", shown, re.M), name
        assert all(option in shown for option in options), (name, options)
    known = set().union({"--version", "--help", "--name"}, *commands().values())
    unknown = set(re.findall(r"(?<!\w)--[a-z][a-z-]*", shown)) - known
    assert not unknown, unknown


@case
def retaind_8_has_every_option():
    options = set(re.findall(r"--[a-z-]+", output(BIN / "retaind", "--help")))
    named = set(re.findall(r"^     (--[a-z-]+)", page("retaind.8"), re.M)) - {"--once--dry-run"}
    assert {"--config", "--once"} <= options <= named | {"--help"}, options - named


@case
def adb_simulator_1_has_every_option():
    options = set(re.findall(r"--[a-z][a-z-]*", output(BIN / "adb-simulator", "--help")))
    missing = {o for o in options if not re.search(rf"{o}\b", page("adb-simulator.1"))}
    assert len(options) > 15 and not missing, missing


def completions(shell, line):
    """What a shell offers at the end of the line."""
    env = dict(os.environ, PATH=f"{BIN}:{os.environ['PATH']}", HOME="/nonexistent")
    program = line.split(" ")[0]
    if shell == "fish":
        script = f"source packaging/completions/{program}.fish; complete -C '{line}'"
        return [w.split("\t")[0] for w in output("fish", "--no-config", "-c", script, cwd=ROOT, env=env).splitlines()]
    words = line.split(" ")
    script = (f"source packaging/completions/{program}.bash; COMP_WORDS=({' '.join(repr(w) for w in words)}); "
              f"COMP_CWORD={len(words) - 1}; _{program}; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
    return output("bash", "-c", script, cwd=ROOT, env=env).split()


def check_completions(shell):
    for name, options in commands().items():
        assert name in completions(shell, f"retainctl {name[:2]}"), name
        offered = set(completions(shell, f"retainctl {name} --"))
        assert options <= offered | {"--help"}, (name, options - offered)
    assert daemon_options() == set(completions(shell, "retaind --")), shell
    assert {"error", "warning", "notice", "info", "debug"} == set(completions(shell, "retaind --log-level "))


def daemon_options():
    return set(re.findall(r"^  (--[a-z-]+)", output(BIN / "retaind", "--help"), re.M)) | {"--help"}


# A terminal of zsh's own, and what it shows after a tab.
ZSH_DRIVER = """
        zmodload zsh/zpty
        zpty z zsh -f -i
        zpty -w z 'PS1=READY; stty -echo; fpath=($COMPLETIONS $fpath); autoload -U compinit; compinit -u -D'
        zpty -w z 'zstyle ":completion:*" list-prompt ""; LISTMAX=0; unsetopt zle_bracketed_paste; echo SET'
        zpty -r z line '*SET*'
        while zpty -rt z line; do :; done
        zpty -w -n z "$1"$'\\t\\t'
        quiet=0 said=
        while (( quiet < 3 )); do
            sleep 0.3
            new=
            while zpty -rt z line; do new+=$line; done
            said+=$new
            [[ -n $new || -z $said ]] && quiet=0 || (( quiet += 1 ))
        done
        print -rn -- "$said"
        zpty -d z
    """


@case
def bash_completes_every_command_and_option():
    check_completions("bash")
    script = "retainctl evaluate --policy config/examples/fleet.yaml --cluster p"
    assert "payments" in completions("bash", script)


@case
def fish_completes_every_command_and_option():
    if not shutil.which("fish"):
        raise Skip("fish is not installed")
    check_completions("fish")


@case
def zsh_completes_every_command_and_option():
    if not shutil.which("zsh"):
        raise Skip("zsh is not installed")
    output("zsh", "-n", ROOT / "packaging/completions/_retainctl")
    env = dict(os.environ, PATH=f"{BIN}:{os.environ['PATH']}", TERM="dumb", COLUMNS="200", LINES="60",
               COMPLETIONS=str(ROOT / "packaging/completions"))

    def shown(line):
        return output("zsh", "-f", "-c", ZSH_DRIVER, "zsh", line, cwd=ROOT, env=env)

    overview = shown("retainctl ")
    missing = [name for name in commands() if not re.search(rf"\b{name}\b", overview)]
    assert not missing, (missing, overview)
    for name, options in commands().items():
        offered = text("packaging/completions/_retainctl")
        assert all(option in offered for option in options), (name, options)
    assert "--wait" in shown("retainctl backup --")
    overview = shown("retaind --")
    assert all(option in overview for option in daemon_options()), overview


def hostile_policy(folder):
    """Names that a shell would run, and one that it would not."""
    names = ["$(id>RAN)", "`id>RAN`", "x; touch RAN #", "a b", "--wait", "a\u202eb", "harmless"]
    path = pathlib.Path(folder) / "policy.yaml"
    path.write_text("version: 1\ndefaults: {region: cn-x, keep: {last: 1}}\nclusters:\n" + "".join(
        f"  - {{id: amv-{n}, name: {json.dumps(name)}}}\n" for n, name in enumerate(names)))
    return path


@case
def completions_never_run_nor_insert_what_a_name_says():
    with tempfile.TemporaryDirectory() as folder:
        policy = hostile_policy(folder)
        env = dict(os.environ, PATH=f"{BIN}:{os.environ['PATH']}", HOME=folder, TERM="dumb", COLUMNS="200")
        line = f"retainctl evaluate --policy {policy} --cluster "
        wanted = {"harmless", *(f"amv-{n}" for n in range(7))}
        offers = {"bash": f"source {ROOT}/packaging/completions/retainctl.bash; COMP_WORDS=({line} ''); COMP_CWORD=5; "
                          "_retainctl; printf '%s\\n' \"${COMPREPLY[@]}\"",
                  "fish": f"source {ROOT}/packaging/completions/retainctl.fish; complete -C '{line}'"}
        for shell, script in offers.items():
            if not shutil.which(shell):
                continue
            options = ["--no-config"] if shell == "fish" else ["--norc", "--noprofile"]
            shown = output(shell, *options, "-c", script, cwd=folder, env=env).splitlines()
            assert not (pathlib.Path(folder) / "RAN").exists(), shell
            assert {w.split("\t")[0] for w in shown} == wanted, (shell, shown)
        if shutil.which("zsh"):
            shown = output("zsh", "-f", "-c", ZSH_DRIVER, "zsh", line, cwd=folder,
                           env=dict(env, LINES="60", COMPLETIONS=str(ROOT / "packaging/completions")))
            assert "harmless" in shown and "amv-6" in shown and "id>RAN" not in shown, shown
        assert not (pathlib.Path(folder) / "RAN").exists()


APT = """\
0 upgraded, 3 newly installed, 0 to remove and 0 not upgraded.
Need to get 1234 kB of archives.
After this operation, 5678 kB of additional disk space will be used.
Get:1 http://deb.example/debian stable/main amd64 a amd64 1 [1 kB]
Get:2 http://deb.example/debian stable/main amd64 b amd64 1 [1 kB]
Unpacking a (1) ...
Setting up a (1) ...
"""


@case
def the_minutes_of_apt_are_not_silent_and_its_sizes_are_told_before():
    script = "".join(re.search(rf"^{name}\(\) {{\n.*?^}}\n", text("dev"), re.M | re.S)[0] for name in ("say", "follow_apt"))
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder, "log")
        ours, theirs = pty.openpty()
        with subprocess.Popen(["bash", "-c", script + f"follow_apt {log}"], stdin=subprocess.PIPE, stderr=theirs,
                              text=True) as follows:
            os.close(theirs)
            follows.communicate(APT)
        shown = os.read(ours, 65536).decode()
        os.close(ours)
        assert log.read_text() == APT
    assert shown.startswith("dev: 3 packages to install, 1234 kB of archives.\r\n"
                            "dev: After this operation, 5678 kB of additional disk space will be used\r\n"), shown
    assert "\rdev: of 3 packages 2 loaded, 1 unpacked, 1 set up" in shown, shown


@case
def ram_policy_json_allows_what_the_daemon_calls_and_nothing_else():
    allowed = {a for s in json.loads(text("packaging/ram-policy.json"))["Statement"] for a in s["Action"]}
    sources = "".join(p.read_text() for p in (ROOT / "daemon/cloud").glob("client*.c"))
    names = set(re.findall(r'(?:\.name = |= \{|CALL_ACTION\(\s*)"([A-Z]\w+)"', sources))
    # Whoever has a key may ask whose it is.
    calls = {f"adb:{a}" for a in names - {"GetCallerIdentity"}}
    assert len(calls) >= 4 and allowed == calls, allowed ^ calls


@case
def first_hour_md_tells_what_each_right_is_for():
    allowed = {a for s in json.loads(text("packaging/ram-policy.json"))["Statement"] for a in s["Action"]}
    told = {f"adb:{right}" for right in re.findall(r"^  \| ([A-Z]\w+) \|", text("packaging/FIRST-HOUR.md"), re.M)}
    assert told == allowed, told ^ allowed


@case
def the_version_is_the_same_everywhere():
    cmake = re.search(r"project\(retaind VERSION ([\d.]+)", text("CMakeLists.txt"))[1]
    assert re.match(rf"retaind \({re.escape(cmake)}-\d+\)", text("packaging/debian/changelog"))
    assert re.search(rf"^Version: {re.escape(cmake)}$", text("packaging/retaind.spec"), re.M)


@case
def the_units_verify_and_the_exposure_is_at_most_1():
    with tempfile.TemporaryDirectory() as place:
        for unit in ("retaind.service", "retaind@.service"):
            # The programs are not installed, so the unit is shown where they were built.
            made = re.sub(r"^(Exec\w+=)\S+/(retain\w+)", rf"\g<1>{BIN}/\2", (UNITS / unit).read_text(), flags=re.M)
            path = pathlib.Path(place, unit.replace("@.", "@work."))
            path.write_text(made)
            done = subprocess.run(["systemd-analyze", "verify", "--man=no", path], capture_output=True, text=True,
                                  check=False)
            about = [line for line in done.stderr.splitlines() if "retaind" in line]
            assert not about, about
            figure = output("systemd-analyze", "security", "--offline=yes", "--no-pager", path).splitlines()[-1]
            print("#", figure)
            assert float(re.search(r": ([\d.]+) ", figure)[1]) <= 1.0, figure


@case
def the_unit_lets_every_address_that_keys_and_the_cloud_have():
    """By arithmetic: where a machine cannot filter (cgroups of version 1), trying it there proves nothing."""
    unit = text("systemd/retaind.service.in")
    assert "IPAddressDeny=any" in unit
    let = [ipaddress.ip_network(n) for line in re.findall(r"^IPAddressAllow=(.*)$", unit, re.M) for n in line.split()]
    for name, address, wanted in (
            ("an instance's metadata", "100.100.100.200", True), ("a credentials URI", "127.0.0.1", True),
            ("likewise", "::1", True), ("a VPC", "10.1.2.3", True), ("a VPC", "172.16.1.2", True),
            ("a VPC", "192.168.1.2", True), ("the internet", "203.0.113.1", True), ("the internet", "2400:3200::1", True),
            ("either side of the link's", "169.253.255.255", True), ("either side of the link's", "169.255.0.0", True),
            ("the link, and other clouds' metadata", "169.254.169.254", False), ("reserved", "240.0.0.1", False),
            ("broadcast", "255.255.255.255", False), ("multicast", "224.0.0.1", False), ("multicast", "ff02::1", False),
            ("the link", "fe80::1", False)):
        assert any(ipaddress.ip_address(address) in network for network in let) == wanted, (name, address)


@case
def each_directive_of_the_unit_has_a_reason():
    """A comment stands above each directive, or above a group of them."""
    explained = False
    for line in text("systemd/retaind.service.in").partition("[Service]")[2].partition("[Install]")[0].splitlines():
        if line.startswith("#"):
            explained = True
        elif not line:
            explained = False
        elif "=" in line and not re.match(r"(NotifyAccess|Restart|TimeoutStartSec|SyslogIdentifier|\w+Directory)", line):
            assert explained, line


sys.exit(case.run(sys.argv[1:]))
