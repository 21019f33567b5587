"""The sandbox of the units, tried from inside by a program that does what an intruder would."""

from world import Cases

case = Cases()
PROBE = "/usr/bin/retaind-probe"

# All that the sandbox leaves. Everything else that the probe tries has to be denied.
ALLOWED = {
    "write STATE", "write RUNTIME", "write /tmp", "write /var/tmp",
    "socket AF_UNIX", "socket AF_INET", "socket AF_INET6", "bind 9120",
    # Loopback, private networks, and the metadata service that the role of an ECS instance comes from.
    "send to 127.0.0.1", "send to 10.0.0.1", "send to 100.100.100.200",
}


def probed(machine, unit, state, runtime, sibling):
    """What the probe said, run as the unit's main process: {attempt: allowed}."""
    drop_in = f"/etc/systemd/system/{unit}.service.d/90-probe.conf"
    instance = unit.replace("retaind@", "retaind@probe")
    machine.write(drop_in, f"[Service]\nType=exec\nRestart=no\nWatchdogSec=0\nExecStart=\nExecPaths={PROBE}\n"
                           f"ExecStart={PROBE} {state} {runtime} {sibling}\n")
    after = machine.cursor()
    machine.run(f"systemctl stop {instance}; systemctl daemon-reload; systemctl start {instance}; "
                f"while systemctl is-active -q {instance}; do sleep 0.1; done", check=False)
    result = machine.show("Result", instance)
    machine.run(f"rm -r {drop_in}; systemctl daemon-reload; systemctl reset-failed {instance}", check=False)
    said = [e["MESSAGE"].replace(state, "STATE").replace(runtime, "RUNTIME").replace(sibling, "SIBLING")
            for e in machine.journal(after)]
    lines = [line.partition(" ") for line in said if line.startswith(("allowed ", "denied "))]
    assert result == "success" and len(lines) >= 100, (result, said[-20:])
    return {attempt: verdict == "allowed" for verdict, _, attempt in lines}


def compare(machine, unit, state, runtime, sibling):
    found = probed(machine, unit, state, runtime, sibling)
    if found["send to 240.0.0.1"]:
        print("# this kernel filters no addresses: tests/packaging looks at the unit's list")
        found = {attempt: may and not attempt.startswith("send") or attempt in ALLOWED and may
                 for attempt, may in found.items()}
    allowed = {attempt for attempt, may in found.items() if may}
    print(f"# {unit}: {len(found)} attempts, {len(allowed)} allowed")
    assert allowed == ALLOWED, {"too much": sorted(allowed - ALLOWED), "missing": sorted(ALLOWED - allowed)}


@case
def the_sandbox_leaves_what_the_service_needs_and_nothing_else(world):
    machine = world.machine
    world.fresh(sets=3)
    # Routes for all addresses, so that only the unit's own rules can refuse one.
    machine.run(f"install -m 755 /root/probe {PROBE}; ip route replace default dev lo")
    try:
        compare(machine, "retaind@", "/var/lib/retaind-probe", "/run/retaind-probe", "/var/lib/retaind")
        compare(machine, "retaind", "/var/lib/retaind", "/run/retaind", "/var/lib/private/retaind-probe")
    finally:
        machine.run(f"ip route del default; rm -f {PROBE}", check=False)

