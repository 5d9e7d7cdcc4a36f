# SPDX-License-Identifier: MIT
"""What the figures were taken on."""
import os
import platform
import subprocess
import time


def _first(path, start):
    try:
        with open(path, encoding="utf-8") as file:
            return next((line.split(":", 1)[1].strip() for line in file if line.startswith(start)), "")
    except OSError:
        return ""


def _output(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def describe(top, work):
    """`top`: the work tree; `work`: where stores lie."""
    commit = _output("git", "-C", str(top), "rev-parse", "--short=12", "HEAD")
    changed = _output("git", "-C", str(top), "status", "--porcelain", "--untracked-files=no", "--", "src")
    return {
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "commit": (commit or "unknown") + (" with changes" if changed else ""),
        "cpu": _first("/proc/cpuinfo", "model name") or platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / (1 << 30), 1),
        "kernel": platform.release(),
        "disk": _output("findmnt", "-no", "SOURCE,FSTYPE", "-T", str(work)) or "unknown",
        "load_at_start": round(os.getloadavg()[0], 2),
        "sqlite": _output("sqlite3", "--version").split(" ")[0],
        "compiler": _output("c++", "--version").splitlines()[0] if _output("c++", "--version") else "",
    }


def in_words(machine):
    return (f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB; Linux "
            f"{machine['kernel']}; {machine['disk']}; commit {machine['commit']}, "
            f"{machine['date']}")
