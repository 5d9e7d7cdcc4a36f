# SPDX-License-Identifier: MIT
"""What the end-to-end tests share: the shipped binary, the bundled stand-in API, a directory each.

DOGGED and STANDIN_API name the two programs; ctest sets them."""
import csv
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest

DOGGED = os.environ.get("DOGGED", "build/debug/src/dogged")
STANDIN_API = os.environ.get("STANDIN_API", "build/debug/tests/standin_api/standin_api")
# A sanitizer's own memory and pace are not the program's: figures are judged on plain builds only.
SANITIZER = os.environ.get("DOGGED_SANITIZED", "")
SANITIZED = SANITIZER not in ("", "0")
LIMIT_SECONDS = 120
# scripts/torture runs the same tests at length and collects what they tried.
LONG = os.environ.get("DOGGED_LONG", "") == "1"
TALLY = os.environ.get("DOGGED_TALLY", "")


def rounds(short, long):
    """How often to try it: in the test suite, and in scripts/torture."""
    return long if LONG else short


def tally(group, fault, times=1, losses=0):
    """Notes for the table of scripts/torture that a fault was tried so often. Lines of one group and
    fault are added up there."""
    if TALLY:
        with open(TALLY, "a", encoding="utf-8") as file:
            file.write(f"{group}\t{fault}\t{times}\t{losses}\n")


FIRST_SCHEMA = pathlib.Path(__file__).resolve().parents[2] / "schema" / "sqlite" / "0001_initial.sql"
APPLICATION_ID = 0x64676431  # as in src/store/sqlite/database.h, frozen


def make_first_schema(path):
    """An empty store as the first version made it."""
    db = sqlite3.connect(path)
    db.execute("PRAGMA page_size = 16384")
    db.execute("PRAGMA journal_mode = WAL")
    db.executescript(FIRST_SCHEMA.read_text())
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute("INSERT INTO settings VALUES ('schema_version', '1')")
    db.commit()
    db.close()


class Standin:
    """The stand-in API on a port of its own; stopped by its pid."""

    def __init__(self, directory, *options):
        self.log = pathlib.Path(directory) / "requests.log"
        self.log.touch()
        self.process = subprocess.Popen(
            [STANDIN_API, "--port", "0", "--log", str(self.log), *map(str, options)],
            stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        self.port = int(line.rsplit(":", 1)[1])
        self.origin = f"http://127.0.0.1:{self.port}"
        self.url = self.origin + "/companies/{id}"

    def forget_requests(self):
        """Those that others of the same directory have logged."""
        os.truncate(self.log, 0)

    def requests(self):
        """(seconds, status, path) of every request so far."""
        rows = (line.split(" ", 2) for line in self.log.read_text().splitlines())
        return [(float(r[0]), int(r[1]), r[2]) for r in rows if len(r) == 3]

    def answered(self):
        """path -> how often it was answered with 200 or 404."""
        counts = {}
        for _, status, path in self.requests():
            if status in (200, 404):
                counts[path] = counts.get(path, 0) + 1
        return counts

    def close(self):
        self.process.terminate()
        self.process.wait(LIMIT_SECONDS)
        self.process.stdout.close()


class Case(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="dogged-e2e-"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.db = self.directory / "dogged.db"

    def standin(self, *options):
        server = Standin(self.directory, *options)
        self.addCleanup(server.close)
        return server

    def path(self, name):
        return str(self.directory / name)

    def write_ids(self, ids, name="ids.csv", header="id"):
        path = self.directory / name
        path.write_text("\n".join([header, *map(str, ids)]) + "\n")
        return str(path)

    def command(self, *arguments):
        return [DOGGED, *map(str, arguments), "--db", str(self.db)]

    def environment(self):
        plain = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        return {**plain, "DOGGED_DB": ""}

    def start(self, *arguments, **options):
        """The program in the background."""
        process = subprocess.Popen(self.command(*arguments), cwd=self.directory,
                                   env=self.environment(), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   **options)
        self.addCleanup(self._reap, process)
        return process

    @staticmethod
    def _reap(process):
        if process.poll() is None:
            process.kill()
            process.communicate()

    def send(self, process, number):
        """Sends a signal and waits until the program has taken it: another one of the kind, sent before,
        would be one with it."""
        process.send_signal(number)
        self.wait_until(lambda: not is_pending(process, number), f"signal {number} to be taken")

    def finish(self, process, timeout=LIMIT_SECONDS):
        """Waits for a program that start() began: (exit status, stdout, stderr)."""
        out, err = process.communicate(timeout=timeout)
        return process.returncode, out, err

    def run_dogged(self, *arguments, expect=0, timeout=LIMIT_SECONDS):
        """Runs the program to its end; (stdout, stderr). `expect`: the exit status, or None for any."""
        status, out, err = self.finish(self.start(*arguments), timeout)
        if expect is not None:
            self.assertEqual(status, expect, f"{arguments}\n--- stdout\n{out[-3000:]}\n--- stderr\n{err[-3000:]}")
        return out, err

    def run_json(self, *arguments, expect=0):
        out, _ = self.run_dogged(*arguments, "--json", expect=expect)
        return json.loads(out)

    def query(self, sql, *parameters):
        with sqlite3.connect(f"file:{self.db}?mode=ro", uri=True) as db:
            return db.execute(sql, parameters).fetchall()

    def states(self):
        return dict(self.query("SELECT state, count(*) FROM jobs GROUP BY state"))

    def wait_until(self, condition, what, seconds=60):
        deadline = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), deadline, f"waited {seconds} s for {what}")
            time.sleep(0.02)

    def wait_for_requests(self, server, count):
        self.wait_until(lambda: len(server.requests()) >= count, f"{count} requests")

    def read_csv(self, path):
        with open(path, encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    def verify(self):
        self.run_dogged("verify")


def is_pending(process, number):
    if process.poll() is not None:
        return False
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()  # there until it is waited for
    pending = [int(line.split()[1], 16) for line in status.splitlines()
               if line.startswith(("SigPnd:", "ShdPnd:"))]
    return any(mask >> (number - 1) & 1 for mask in pending)


def kill(process):
    process.send_signal(signal.SIGKILL)
    process.communicate()
