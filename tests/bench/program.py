# SPDX-License-Identifier: MIT
"""Runs one program to its end and says what it cost.

    ran = run(["dogged", "status"], cwd="/tmp")      ran.wall, ran.cpu, ran.peak_rss
"""
import ctypes
import dataclasses
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

SAMPLE_SECONDS = 0.02
EARLY_SECONDS, EARLY_SAMPLES = 0.002, 100  # so that short lives are seen too
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


class Failed(Exception):
    """A program ended as it should not have."""


@dataclasses.dataclass
class Ran:
    wall: float  # seconds
    user: float
    system: float
    peak_rss: int  # bytes; 0 where it ended before it was looked at
    out: str
    err: str
    began_at: float  # wall clock, seconds since the epoch
    peaks: dict  # the largest size seen of each watched file, in bytes

    @property
    def cpu(self):
        return self.user + self.system


def die_with_parent():
    """For preexec_fn: whatever becomes of the bench, nothing of it is left running."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def clean_environment(**more):
    plain = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    return {**plain, "DOGGED_DB": "", "LC_ALL": "C.UTF-8", **more}


class _Sampler:
    """Looks at a living process now and then. Its VmHWM is read, not ru_maxrss, which would count the
    memory of the process that forked it."""

    def __init__(self, pid, watched):
        self.status = f"/proc/{pid}/status"
        self.rss, self.peaks = 0, dict.fromkeys(watched, 0)
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._loop, daemon=True)
        self.thread.start()

    def _loop(self):
        samples = 0
        while not self.stop.wait(EARLY_SECONDS if samples < EARLY_SAMPLES else SAMPLE_SECONDS):
            self._look()
            samples += 1

    def _look(self):
        try:
            with open(self.status, encoding="ascii") as file:
                found = re.search(r"VmHWM:\s+(\d+) kB", file.read())
            self.rss = max(self.rss, int(found[1]) * 1024) if found else self.rss
        except OSError:
            pass
        for path in self.peaks:
            try:
                self.peaks[path] = max(self.peaks[path], os.stat(path).st_size)
            except OSError:
                pass

    def end(self):
        self.stop.set()
        self.thread.join()


def run(command, cwd, stdin=None, stdout=None, environment=None, expect=(0,), watch=()):
    """`stdin`: text; `stdout`: a file's path instead of Ran.out; `watch`: files whose largest size is
    wanted. What was written before is synced first, so that nobody pays for another's pages."""
    os.sync()
    command = [str(word) for word in command]
    with (open(stdout, "wb") if stdout else open(pathlib.Path(cwd) / "stdout", "w+b")) as out, \
         open(pathlib.Path(cwd) / "stderr", "w+b") as err:
        began_at, began = time.time(), time.perf_counter()
        process = subprocess.Popen(command, cwd=cwd, env=environment or clean_environment(),
                                   stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
                                   stdout=out, stderr=err, preexec_fn=die_with_parent)
        sampler = _Sampler(process.pid, watch)
        try:
            if stdin:
                process.stdin.write(stdin.encode())
                process.stdin.close()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        finally:
            if process.returncode is None:
                process.kill()
                process.wait()
            wall = time.perf_counter() - began
            sampler.end()
        err.seek(0)
        words = err.read().decode(errors="replace")
        text = ""
        if not stdout:
            out.seek(0)
            text = out.read().decode(errors="replace")
    if process.returncode not in expect:
        raise Failed(f"{' '.join(command)[:300]}: ended with {process.returncode}\n"
                     f"{text[-1000:]}{words[-2000:]}")
    return Ran(wall, usage.ru_utime, usage.ru_stime, sampler.rss, text, words, began_at, sampler.peaks)
