# SPDX-License-Identifier: MIT
"""Many processes on one store for minutes: they write, checkpoint, read, open and close it.

SQLite before 3.51.3 (Debian 12 has 3.40.1) can damage a store when two connections write or
checkpoint at one instant, as the log starts anew (the "WAL-reset" bug). Every write, checkpoint,
opening and closing of ours happens under a lock of its own, so this must never be seen. What that
lock does not cover is a program that knows nothing of it: a sqlite3 shell that *reads* (best with
?mode=ro) is safe, as tested here; one that writes or checkpoints is kept apart from our
transactions by SQLite's locks as ever, and nothing is lost or half seen by it, but against that bug
only a newer SQLite helps. The checkpoints here are made as a program would that takes our lock."""
import fcntl
import sqlite3
import threading
import time

from harness import LIMIT_SECONDS, Case, rounds, tally

SECONDS = rounds(5, 300)
TELL_TALES = ("locked)", "BUSY", "malformed", "damaged", "internal error", "not a database")


class Stress(Case):
    def setUp(self):
        super().setUp()
        self.server = self.standin("--delay", 3, "--missing-share", "0.05", "--reset-share", "0.02")
        self.until = 0.0
        self.ended = []  # (what, fault or None), of every thread
        self.rows = 0
        self.ids = set()

    def again_and_again(self, what, once):
        """A thread that does it until the time is over; how often, or what went wrong."""
        def loop():
            count = 0
            try:
                while count == 0 or time.monotonic() < self.until:
                    once(count)
                    count += 1
                self.ended.append((what, count, None))
            except Exception as fault:  # told in the test's own thread
                self.until = 0
                self.ended.append((what, count, fault))
        thread = threading.Thread(target=loop, name=what)
        thread.start()
        return thread

    def command_loop(self, statuses, make):
        def once(count):
            arguments = make(count)
            status, out, err = self.finish(self.start(*arguments))
            if status not in statuses or any(word in err for word in TELL_TALES):
                raise AssertionError(f"{arguments}: {status}\n{out[-1000:]}\n{err[-3000:]}")
        return once

    def import_more(self, count):
        """Half of each list is new."""
        ids = range(count * 100, count * 100 + 200)
        self.rows += len(ids)
        self.ids.update(ids)
        return "import", self.write_ids(ids, f"list-{count}.csv")

    def read(self, _):
        time.sleep(0.002)
        db = sqlite3.connect(f"file:{self.db}?mode=ro", uri=True, timeout=30, isolation_level=None)
        db.execute("BEGIN")
        counted = dict(db.execute("SELECT state, count(*) FROM jobs GROUP BY state"))
        sums = dict(db.execute("SELECT state, sum(n) FROM counters GROUP BY state HAVING sum(n) <> 0"))
        answers = db.execute("SELECT count(*) FROM answers").fetchone()[0]
        db.execute("COMMIT")
        db.close()
        # A job that is asked again keeps its answer.
        if counted != sums or answers < counted.get("done", 0) + counted.get("not_found", 0):
            raise AssertionError(f"{counted} counted, {sums} in the counters, {answers} answers")

    def check_integrity(self, _):
        time.sleep(0.5)
        found = self.query("PRAGMA integrity_check")
        if found != [("ok",)]:
            raise AssertionError(found)

    def checkpoint(self, count):
        mode = ("PASSIVE", "FULL", "RESTART", "TRUNCATE")[count % 4]
        with open(f"{self.db}-lock", "r+b") as lock:
            fcntl.lockf(lock, fcntl.LOCK_EX, 1, 1)
            db = sqlite3.connect(self.db, timeout=0, isolation_level=None)
            db.execute(f"PRAGMA wal_checkpoint({mode})")
            db.close()
        time.sleep(0.02)

    def test_many_processes_on_one_store_damage_nothing(self):
        # The first list is all there is for a moment: no answer may look like a wrong URL.
        self.run_dogged(*self.import_more(0), "--url", self.server.url)
        run = ("run", "-j", 8, "--trust-answers", "--progress", "none")
        loops = {
            "run": self.command_loop((0, 4), lambda _: (*run, "--max-time", "2s")),
            "another run": self.command_loop((0, 4), lambda _: (*run, "--max-time", "1s")),
            "a run of few": self.command_loop((0, 4), lambda _: (*run, "--limit", 20)),
            "import": self.command_loop((0,), lambda n: self.import_more(n + 1)),
            "export": self.command_loop((0,), lambda _: (
                "export", "-o", self.path("out.csv"), "--force", "--batch", "all")),
            "status": self.command_loop((0,), lambda n: ("list",) if n % 2 else ("status",)),
            "sql": self.command_loop((0,), lambda _: ("sql", "SELECT count(*) FROM job_overview")),
            "refresh": self.command_loop((0,), lambda n: ("refresh", n % 50)),
            "read": self.read,
            "integrity_check": self.check_integrity,
            "checkpoint": self.checkpoint,
        }
        self.until = time.monotonic() + SECONDS
        threads = [self.again_and_again(what, once) for what, once in loops.items()]
        for thread in threads:
            thread.join(SECONDS + 2 * LIMIT_SECONDS)
        self.assertFalse([t.name for t in threads if t.is_alive()], "they hang")
        self.assertEqual([(what, fault) for what, _, fault in self.ended if fault], [])
        print(", ".join(f"{what} {count}" for what, count, _ in sorted(self.ended)), flush=True)
        self.finish_and_account()
        for what, count, _ in self.ended:
            self.assertGreater(count, 0, what)
        tally("lock", f"eleven at once for {SECONDS} s: opened, written, checkpointed, read",
              sum(count for _, count, _ in self.ended))

    def finish_and_account(self):
        self.run_dogged("run", "--trust-answers")
        self.assertEqual(set(self.states()), {"done", "not_found"})
        self.assertEqual(sum(self.states().values()), len(self.ids))
        self.assertEqual(self.query("SELECT sum(rows), sum(added) FROM batches"),
                         [(self.rows, len(self.ids))])
        self.assertEqual({int(key) for (key,) in self.query("SELECT key FROM jobs")}, self.ids)
        self.assertEqual(self.query("PRAGMA integrity_check"), [("ok",)])
        self.verify()
        # No more requests were answered than leases given, refreshes included.
        leases = dict(self.query("SELECT key, epoch FROM jobs"))
        self.assertEqual({path: n for path, n in self.server.answered().items()
                          if n > leases[path.rsplit("/", 1)[1]]}, {})
