# SPDX-License-Identifier: MIT
"""kill -9 at instants spread over all that a command does, and what must hold after each."""
import hashlib
import os
import random
import re
import shutil
import sqlite3
import time

from harness import Case, Standin

TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
STORE_FILES = ("", "-wal", "-shm", "-lock", "-journal")


class Instants:
    """When to kill a command that takes about `span` seconds: at all instants, in random order, more
    often towards the end, where it commits. The span follows what is seen, so that the instants fit
    this machine at this moment."""

    def __init__(self, rng, wanted, span):
        self.rng = rng
        self.wanted = wanted
        self.span = span
        self.hits = 0
        self.misses = 0
        self.shares = []

    def more(self):
        return self.hits < self.wanted and self.misses <= 3 * self.wanted + 20

    def next(self):
        if not self.shares:
            n = min(max(self.wanted, 4), 50)
            self.shares = [((i + self.rng.random()) / n) ** 0.5 for i in range(n)]
            self.rng.shuffle(self.shares)
        self.share = self.shares.pop()
        return self.share * self.span

    def hit(self):
        self.hits += 1
        if self.share > 0.9:
            self.span *= 1.1

    def missed(self):
        """The command had ended by then."""
        self.misses += 1
        self.shares.append(self.rng.random() ** 0.5)
        self.span *= 0.5 + self.share / 2


class KillCase(Case):
    def setUp(self):
        super().setUp()
        self.seed = int(os.environ.get("SEED", random.randrange(1 << 30)))
        self.rng = random.Random(self.seed)
        print(f"SEED={self.seed} {self._testMethodName}", flush=True)

    def server(self, *options):
        """A stand-in with a log of its own, where a test has several, one after the other."""
        self.servers = getattr(self, "servers", 0) + 1
        directory = self.directory / f"server-{self.servers}"
        directory.mkdir()
        server = Standin(directory, *options)
        self.addCleanup(server.close)
        return server

    def span_of(self, *arguments, expect=0):
        """Seconds that the command takes, when nobody kills it."""
        start = time.monotonic()
        self.run_dogged(*arguments, expect=expect)
        return time.monotonic() - start

    def instants(self, wanted, span):
        return Instants(self.rng, wanted, span)

    def kill_at(self, instants, *arguments):
        """Starts the command and kills it at the next instant; whether that found it alive. One that
        had ended by itself must have ended well."""
        process = self.start(*arguments)
        time.sleep(instants.next())
        alive = process.poll() is None
        if alive:
            process.kill()
        _, err = process.communicate(timeout=60)
        if alive and process.returncode == -9:
            instants.hit()
            return True
        instants.missed()
        self.assertIn(process.returncode, (0, 3), err)
        return False

    def kill_when(self, condition, within, *arguments):
        """Starts the command and kills it up to `within` seconds after the condition holds; whether
        that found it alive."""
        process = self.start(*arguments)
        while process.poll() is None and not condition():
            time.sleep(0.0005)
        time.sleep(self.rng.uniform(0, within))
        process.kill()
        _, err = process.communicate(timeout=60)
        self.assertIn(process.returncode, (0, -9), err)
        return process.returncode == -9

    def assert_hit(self, instants):
        self.assertGreaterEqual(instants.hits, instants.wanted, "the kills came too late")

    def keep_store(self, name):
        """The store as it is now, to begin with it again and again; nobody has it open."""
        with sqlite3.connect(self.db) as db:
            self.assertEqual(db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0], 0)
        db.close()
        shutil.copyfile(self.db, self.directory / name)

    def put_store(self, name):
        self.forget_store()
        shutil.copyfile(self.directory / name, self.db)

    def forget_store(self, store=None):
        for suffix in STORE_FILES:
            (self.directory / f"{(store or self.db).name}{suffix}").unlink(missing_ok=True)

    def left_over(self, infix):
        return [p for p in self.directory.iterdir() if infix in p.name]

    def rows(self, sql):
        """As query(), of a store that may not stand yet: then nothing."""
        if not self.db.exists() or self.db.stat().st_size == 0:
            return []
        try:
            return self.query(sql)
        except sqlite3.OperationalError as error:
            if "readonly" in str(error):  # killed before it had a log: its journal is to be played
                with sqlite3.connect(self.db) as db:
                    db.execute("SELECT count(*) FROM sqlite_schema")
                db.close()
                return self.rows(sql)
            self.assertIn("no such table", str(error))
            return []

    def answers(self):
        """key -> all that is kept of a job that was answered, the body as its hash."""
        return {row[0]: row[1:-1] + (sha(row[-1]),) for row in self.rows(
            "SELECT key, state, epoch, jobs.http_status, fetched_at_ms, body FROM jobs "
            "LEFT JOIN answers ON job_id = id WHERE state IN ('done', 'not_found')")}

    def assert_kept(self, before):
        """Every answer of `before` is there as it was: asked again, its epoch would have grown."""
        now = self.answers()
        changed = {k: (row, now.get(k)) for k, row in before.items() if now.get(k) != row}
        self.assertEqual(changed, {})
        return now


def sha(body):
    return hashlib.sha256(body.encode() if isinstance(body, str) else body or b"").hexdigest()


def without_times(path):
    """A file's bytes but for the times in it, which differ from run to run."""
    return TIME.sub(b"TIME", path.read_bytes())
