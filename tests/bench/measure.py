"""What the benchmarks of whole programs share: measuring a process, and printing a table."""
import json
import os
import socket
import sys
import urllib.request

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "tests", "integration", "harness"))


def status_number(pid, what):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return next(int(line.split()[1]) for line in f if line.startswith(what))


def cpu_s(pid):
    with open(f"/proc/{pid}/schedstat", encoding="ascii") as f:
        return int(f.read().split()[0]) / 1e9


def forget_peak(pid):
    """From here on the peak is that of what comes: loading the libraries alone takes 14 MiB for a moment."""
    with open(f"/proc/{pid}/clear_refs", "w", encoding="ascii") as f:
        f.write("5")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def metric(port, name):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as reply:
        return next(int(float(line.split()[-1])) for line in reply.read().decode().splitlines()
                    if line.startswith(name))


def usage(pid):
    """CPU seconds and memory of a process that runs."""
    return {"cpu_s": round(cpu_s(pid), 3), "peak_mib": round(status_number(pid, "VmHWM:") / 1024, 1),
            "rss_mib": round(status_number(pid, "VmRSS:") / 1024, 1),
            "heap_mib": round(status_number(pid, "RssAnon:") / 1024, 1),
            "libs_mib": round(status_number(pid, "RssFile:") / 1024, 1)}


def wait_for(process):
    """Waits for a child to end; its exit code, CPU seconds and peak memory."""
    _, status, rusage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, {"cpu_s": round(rusage.ru_utime + rusage.ru_stime, 3),
                                "peak_mib": round(rusage.ru_maxrss / 1024, 1)}


def span_s(log):
    """How long the calls of a log took, first to last, in seconds of the simulator's clock."""
    return round(max(c["time_s"] for c in log) - min(c["time_s"] for c in log), 2)


def table(title, rows, columns):
    """rows: {name: {column: value}}"""
    print(title)
    width = max(len(name) for name in rows) + 2
    widths = {c: max(len(c), *(len(str(r.get(c, ""))) for r in rows.values())) + 2 for c in columns}
    print(" " * width + "".join(f"{c:>{widths[c]}}" for c in columns))
    for name, row in rows.items():
        print(f"{name:{width}}" + "".join(f"{row.get(c, ''):>{widths[c]}}" for c in columns))


def show(title, rows, columns):
    """As JSON with --json, or as a table."""
    if "--json" in sys.argv[1:]:
        print(json.dumps(rows))
    else:
        table(title, rows, columns)
