# SPDX-License-Identifier: MIT
"""Somebody else holds the store: dogged waits, says so once, loses nothing and goes on."""
import contextlib
import fcntl
import signal
import sqlite3
import time

from harness import Case, rounds, tally

WRITE_BYTE = 1  # of the side file: the write lock (src/store/sqlite/file_locks.cpp)
# At length: longer than the 30 s that the busy timeout of a SQLite program usually is.
HELD_SECONDS = rounds(3, 35)


@contextlib.contextmanager
def our_lock(db):
    """As another dogged that is at a long write."""
    with open(f"{db}-lock", "r+b") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX, 1, WRITE_BYTE)
        yield


@contextlib.contextmanager
def foreign_lock(db, begin="BEGIN IMMEDIATE"):
    """As a sqlite3 shell in a transaction, which knows nothing of our lock. It must not write while
    SQLite's WAL-reset race is in it; holding the lock is harmless."""
    shell = sqlite3.connect(db, timeout=60, isolation_level=None)
    shell.execute(begin)
    try:
        yield
    finally:
        shell.execute("ROLLBACK")
        shell.close()


class Locks(Case):
    def setUp(self):
        super().setUp()
        self.server = self.standin("--delay", 20)

    def run_through(self, hold, says):
        """A run in whose midst the store is held for long: how it ends."""
        self.run_dogged("import", self.write_ids(range(600)), "--url", self.server.url)
        run = self.start("run", "-j", 4, "--progress", "none")
        self.wait_for_requests(self.server, 40)
        with hold(self.db):
            committed = self.states().get("done", 0)
            time.sleep(HELD_SECONDS)
            self.assertIsNone(run.poll(), "it waits")
            self.assertLessEqual(self.states().get("done", 0), committed + 50, "it writes nothing")
            self.look_meanwhile(hold)
        status, _, err = self.finish(run)
        self.assertEqual(status, 0, err)
        self.assertEqual(err.count(says), 1, err)
        self.assertNotIn("locked)", err)
        self.assertEqual(self.states(), {"done": 600})
        self.assertEqual([p for p, n in self.server.answered().items() if n > 1], [])
        self.verify()

    def look_meanwhile(self, hold):
        """Who only looks need not wait for a program that knows nothing of our lock. It is opened in
        a moment in which nobody of us writes, so our own lock is waited for."""
        commands = [("status",), ("list", "--limit", 3), ("sql", "SELECT count(*) FROM jobs"),
                    ("export", "--add", "n=/id", "-o", "-")]
        looks = [self.start(*command) for command in commands]
        if hold is our_lock:
            time.sleep(0.5)
            self.assertEqual([look.poll() for look in looks], [None] * len(looks))
            self.looks = looks
            return
        for look in looks:
            status, _, err = self.finish(look)
            self.assertEqual(status, 0, err)

    def finish_looks(self):
        for look in self.looks:
            status, _, err = self.finish(look)
            self.assertEqual(status, 0, err)

    def test_a_run_outlives_another_dogged_that_writes_for_long(self):
        self.run_through(our_lock, "waiting for another dogged process")
        self.finish_looks()
        tally("lock", f"another dogged holds the write lock for {HELD_SECONDS} s during a run")

    def test_a_run_outlives_a_shell_in_a_transaction(self):
        self.run_through(foreign_lock, "waiting for another program")
        tally("lock", f"a sqlite3 shell in BEGIN IMMEDIATE for {HELD_SECONDS} s during a run")

    def test_a_run_outlives_a_shell_in_an_exclusive_transaction(self):
        self.run_through(lambda db: foreign_lock(db, "BEGIN EXCLUSIVE"),
                         "waiting for another program")
        tally("lock", f"a sqlite3 shell in BEGIN EXCLUSIVE for {HELD_SECONDS} s during a run")

    def test_every_writing_command_waits_for_a_shell(self):
        self.run_dogged("import", self.write_ids(range(20)), "--url", self.server.url)
        self.run_dogged("run", "--limit", 10, expect=4)
        other = self.write_ids(range(10, 30), "other.csv")
        commands = [("import", other), ("retry",), ("refresh", "--all"), ("pause",), ("resume",),
                    ("limit", "--rate", "900/s"), ("export", "-o", self.path("held.csv")),
                    ("copy", "--to", self.path("copy.db"))]
        with foreign_lock(self.db):
            processes = [self.start(*command) for command in commands]
            time.sleep(HELD_SECONDS)
        for command, process in zip(commands, processes):
            status, _, err = self.finish(process)
            self.assertEqual(status, 0, f"{command}: {err}")
            self.assertLessEqual(err.count("waiting for another"), 4, err)
        self.assertEqual(self.query("SELECT count(*) FROM batches"), [(2,)])
        self.verify()
        tally("lock", f"a sqlite3 shell holds the lock for {HELD_SECONDS} s against each command",
              len(commands))

    def test_ctrl_c_twice_ends_a_run_that_waits_for_a_shell(self):
        self.run_dogged("import", self.write_ids(range(400)), "--url", self.server.url)
        run = self.start("run", "-j", 4)
        self.wait_for_requests(self.server, 20)
        with foreign_lock(self.db):
            time.sleep(0.5)
            self.send(run, signal.SIGINT)
            time.sleep(0.5)
            self.assertIsNone(run.poll(), "it waits")
            run.send_signal(signal.SIGINT)
            status, _, err = self.finish(run)
        self.assertIn(status, (6, 130), err)
        self.run_dogged("run")
        self.assertEqual(self.states(), {"done": 400})
        self.verify()
        tally("lock", "Ctrl-C twice while a sqlite3 shell holds the lock")


class AtOnce(Case):
    """Several commands begin at one instant."""

    def all_at_once(self, commands, statuses=(0,)):
        ended = [self.finish(p) for p in [self.start(*command) for command in commands]]
        for command, (status, _, err) in zip(commands, ended):
            self.assertIn(status, statuses, f"{command}: {err}")
            self.assertNotIn("locked", err)
        return ended

    def fresh(self):
        for path in self.directory.glob("dogged.db*"):
            path.unlink()

    def test_two_openings_of_a_fresh_store_make_it_once(self):
        ids = self.write_ids(range(5))
        n = rounds(12, 500)
        for _ in range(n):
            self.fresh()
            ended = self.all_at_once([("import", ids), ("import", ids), ("status",)], (0, 2))
            self.assertEqual([status for status, _, _ in ended[:2]], [0, 0], ended)
            # A store made twice would have the tables, and thus the schema's version, of the second.
            self.assertEqual(self.query("SELECT count(*) FROM batches"), [(1,)])
            self.assertEqual(self.query("PRAGMA integrity_check"), [("ok",)])
            self.assertEqual(sorted(out.split(" = ")[1].strip() for _, out, _ in ended[:2]),
                             ["0 new + 5 duplicate + 0 rejected", "5 new + 0 duplicate + 0 rejected"])
        tally("lock", "two processes make one store at once", n)

    def test_two_imports_at_once_each_count_what_they_found(self):
        n = rounds(3, 50)
        for _ in range(n):
            self.fresh()
            one = self.write_ids(range(3000), "one.csv")
            two = self.write_ids(range(1500, 4500), "two.csv")
            same = self.write_ids(range(7000, 7100), "same.csv")
            self.all_at_once([("import", one), ("import", two), ("import", same), ("import", same),
                              ("import", one, "--batch", "x"), ("import", two, "--batch", "x")])
            self.assertEqual(self.states(), {"ready": 4600})
            names = [name for (name,) in self.query("SELECT name FROM batches")]
            # One content is one batch, under the name that came first; one name for two is #2.
            self.assertEqual(len(names), 3, names)
            self.assertEqual(self.query("SELECT sum(rows), sum(added) FROM batches"), [(6100, 4600)])
            self.verify()
        tally("lock", "six imports at once: same file, other files, same name", n)


class Snapshot(Case):
    """A reader that keeps its snapshot through a run. SQLite cannot reuse the log before the reader
    is gone: it grows by what is written meanwhile, page by page, and by nothing else, however long
    the reader stays. Once it is gone, the end of the next run cuts the log to nothing."""

    def wal_bytes(self):
        wal = self.directory / "dogged.db-wal"
        return wal.stat().st_size if wal.exists() else 0

    def run_of(self, ids, server):
        self.run_dogged("import", self.write_ids(ids, f"{ids[0]}.csv"), "--url", server.url)
        before = self.wal_bytes()
        self.run_dogged("run", "-j", 32)
        return self.wal_bytes() - before

    def test_the_log_grows_by_what_is_written_and_is_cut_once_the_reader_is_gone(self):
        n = rounds(1500, 60_000)
        server = self.standin()
        self.run_dogged("import", self.write_ids([0]), "--url", server.url)
        self.run_dogged("run")
        reader = sqlite3.connect(f"file:{self.db}?mode=ro", uri=True, isolation_level=None)
        self.addCleanup(reader.close)
        reader.execute("BEGIN")
        self.assertEqual(reader.execute("SELECT count(*) FROM jobs").fetchall(), [(1,)])
        first = self.run_of(range(1, n), server)
        grown = self.wal_bytes()
        # Each commit writes the pages that it changed: a bound for every answer on its own.
        self.assertLess(first, n * 20 * 16_384)
        second = self.run_of(range(n, 2 * n), server)
        self.assertLess(second, 3 * first + (64 << 20), "it grows by what is written, not faster")
        # The reader's own view has not changed.
        self.assertEqual(reader.execute("SELECT count(*) FROM jobs").fetchall(), [(1,)])
        reader.execute("COMMIT")
        reader.close()
        self.run_of(range(2 * n, 2 * n + 10), server)
        self.assertEqual(self.wal_bytes(), 0, "cut at the end of the next run")
        self.assertEqual(self.states(), {"done": 2 * n + 10})
        self.verify()
        print(f"log: {grown} bytes after the first run, {first / n:.0f} for each answer", flush=True)
        tally("lock", f"a reader holds a snapshot through runs (the log grows by "
              f"{first / n / 1024:.0f} KB for each answer, to 0 after)", 2)
