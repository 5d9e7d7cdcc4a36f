# SPDX-License-Identifier: MIT
"""A disk that fails on demand: tests/faults, preloaded into the program under test.

DISK_FAULTS names the library; ctest sets it. It is empty where there is none."""
import dataclasses
import errno
import os
import pathlib
import subprocess
import typing
import unittest

from harness import Case, DOGGED, SANITIZED

LIBRARY = os.environ.get("DISK_FAULTS", "build/debug/tests/faults/libdisk_faults.so")
ERRORS = ("ENOSPC", "EIO", "EROFS", "EDQUOT")
# Every call by which a file changes.
CHANGES = "open,write,sync,truncate,rename,link,unlink,mkdir,allocate,map,chmod"


def usable():
    """Why the library cannot be used here; an empty text: it can."""
    if not LIBRARY or not pathlib.Path(LIBRARY).exists():
        return f"there is no disk_faults library for this machine ({LIBRARY})"
    probe = subprocess.run([DOGGED, "--version"], capture_output=True, text=True, check=False,
                           env={**os.environ, **Faults("/nowhere", "write").environment()})
    return "" if probe.returncode == 0 else f"the library does not load: {probe.stderr}"


@dataclasses.dataclass
class Faults:
    """What fails. See tests/faults/settings.h."""
    paths: str
    calls: str = CHANGES
    at: int = 0
    error: str = "ENOSPC"
    lasting: bool = False
    short: bool = False
    only_while: typing.Optional[str] = None
    free: typing.Optional[int] = None
    log: typing.Optional[str] = None

    def environment(self):
        variables = {
            "LD_PRELOAD": str(pathlib.Path(LIBRARY).resolve()),
            "DISK_FAULTS_PATH": self.paths,
            "DISK_FAULTS_CALLS": self.calls,
            "DISK_FAULTS_AT": str(self.at),
            "DISK_FAULTS_ERRNO": self.error,
            "DISK_FAULTS_LASTING": "1" if self.lasting else "0",
            "DISK_FAULTS_SHORT": "1" if self.short else "0",
        }
        optional = {"WHILE": self.only_while, "FREE": self.free, "LOG": self.log}
        variables.update({f"DISK_FAULTS_{k}": str(v) for k, v in optional.items() if v is not None})
        if SANITIZED:
            # A runtime that is a library of its own wants to be the first; and the search for leaks
            # reads and closes files in a thread that cannot bear the trap.
            trapped = any(kind in self.calls for kind in ("close", "read"))
            leaks = ["detect_leaks=0"] if trapped else []
            variables["ASAN_OPTIONS"] = ":".join(
                filter(None, [os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0", *leaks]))
        return variables


class Call(typing.NamedTuple):
    """A line of the library's log."""
    kind: str
    path: str
    detail: str  # how many bytes, or the other path
    error: int   # 0: it was let through


def read_calls(log):
    path = pathlib.Path(log)
    if not path.exists():
        return []
    rows = (line.split("\t") for line in path.read_text().splitlines())
    return [Call(r[0], r[1], r[2], int(r[3])) for r in rows]


def words_of(error):
    """What strerror says."""
    return os.strerror(getattr(errno, error))


class FaultyCase(Case):
    """A case whose programs meet the faults of self.faults, where it is set."""
    faults = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        reason = usable()
        if reason:
            raise unittest.SkipTest(reason)

    def environment(self):
        extra = self.faults.environment() if self.faults else {}
        return {**super().environment(), **extra}

    def with_faults(self, faults, *arguments):
        """Runs the program to its end: (exit status, stdout, stderr, logged calls)."""
        log = pathlib.Path(self.path("faults.log"))
        log.unlink(missing_ok=True)
        faults.log = faults.log or str(log)
        self.faults = faults
        try:
            process = self.start(*arguments)
        finally:
            self.faults = None
        status, out, err = self.finish(process)
        return status, out, err, read_calls(faults.log)
