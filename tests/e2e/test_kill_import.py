# SPDX-License-Identifier: MIT
"""An import or a migration that is killed has happened whole or not at all."""
import signal
import sqlite3
import time

from harness import make_first_schema, rounds, tally
from killing import KillCase

ROWS = 40_000


class KillImport(KillCase):
    def write_rows(self, ids, name):
        path = self.directory / name
        path.write_text("id,name\n" + "".join(f"{i},\"Name, {i}\"\n" for i in ids))
        return path

    def phase(self):
        """What an import that began at `self.began_ns` is at, or was when it was killed, by its files."""
        wal = self.directory / f"{self.db.name}-wal"
        try:
            staged = max((p.stat().st_mtime_ns for p in self.left_over("-import-")
                          if p.stat().st_size > 100_000), default=0)
            if staged > self.began_ns:
                return "commit" if wal.stat().st_mtime_ns > staged else "merge"
        except FileNotFoundError:
            pass  # gone between two looks
        return "reading"  # or before that, or done

    def batches(self):
        return {name: n for name, n in self.rows(
            "SELECT name, (SELECT count(*) FROM inputs WHERE batch_id = batches.id) FROM batches")}

    def check_jobs(self, *lists):
        """Each batch's IDs are there once, and nothing else."""
        expected = set().union(*lists)
        self.assertEqual(self.rows("SELECT count(*) FROM jobs"), [(len(expected),)])
        self.assertEqual({int(k) for (k,) in self.rows("SELECT key FROM jobs")}, expected)
        self.verify()

    def test_an_import_that_is_killed_is_there_whole_or_not_at_all(self):
        ids = list(range(1, ROWS + 1))
        self.rng.shuffle(ids)  # so that the index of the keys is work
        file = self.write_rows(ids, "ids.csv")
        instants = self.instants(rounds(8, 300), self.span_of("import", file))
        self.forget_store()
        phases = {}

        def kill_one():
            self.began_ns = time.time_ns()
            if self.rng.random() < 0.3:  # as it writes its one transaction
                return self.kill_when(lambda: self.phase() == "commit", 0.02, "import", file)
            return self.kill_at(instants, "import", file)
        while instants.more():
            if kill_one():
                phases[self.phase()] = phases.get(self.phase(), 0) + 1
            there = self.batches()
            self.assertIn(there, ({}, {"ids.csv": ROWS}))
            if there:
                self.check_jobs(set(ids))
                self.forget_store()
            else:  # a wreck: what comes next begins with it
                self.assertIn(self.rows("SELECT count(*) FROM jobs"), ([], [(0,)]))
        self.assert_hit(instants)
        print(phases, flush=True)
        self.run_dogged("import", file)
        self.check_jobs(set(ids))
        self.assertEqual(self.left_over("-import-"), [])
        self.assertGreater(phases.get("commit", 0) + phases.get("merge", 0), 0, phases)
        tally("crash", "kill -9 during an import", sum(phases.values()))

    def test_a_replacing_import_killed_beside_a_run_is_there_whole_or_not_at_all(self):
        server = self.standin("--delay", 100)
        lists = {"a": range(1, ROWS + 1), "b": range(ROWS // 2, ROWS + ROWS // 2)}
        files = {name: self.write_rows(ids, f"{name}.csv") for name, ids in lists.items()}
        worked = range(900_000, 900_000 + rounds(20_000, 60_000))  # more than it gets done
        self.run_dogged("import", self.write_rows(worked, "worked.csv"), "--url", server.url)
        run = self.start("run", "-j", 4)
        first = self.span_of("import", files["a"], "--batch", "a")
        instants = self.instants(rounds(6, 100), first * 1.5)
        current, other = "a", "b"
        while instants.more():
            self.kill_at(instants, "import", files[other], "--replace", current, "--batch", other)
            there = self.batches()
            del there["worked.csv"]
            self.assertIn(there, ({current: ROWS}, {other: ROWS}))
            if other in there:
                current, other = other, current
            self.assertIsNone(run.poll(), "the run goes on")
        self.assert_hit(instants)
        run.send_signal(signal.SIGTERM)
        status, _, err = self.finish(run)
        self.assertEqual(status, 4, err)
        self.check_jobs(set(worked), set(lists[current]))
        self.assertGreater(self.states()["done"], 0)
        tally("crash", "kill -9 during an import that replaces a batch, beside a run", instants.hits)


class KillMigration(KillCase):
    def write_version_1(self):
        """A store as the first program left one, with every state and a worker that has not ended."""
        jobs = 30_000
        make_first_schema(self.db)
        db = sqlite3.connect(self.db)
        db.execute("INSERT INTO batches VALUES (1, 'ids.csv', '/ids.csv', 'sum', '[\"id\"]',"
                   " 'column=id', 'id', 1000, ?1, ?1, 0, 0)", (jobs,))
        db.executemany("INSERT INTO jobs (id, key, state, worker_id, settled_at_ms) "
                       "VALUES (?, ?, ?, ?, ?)",
                       ((i, f"K{i}", *self.state_of(i)) for i in range(1, jobs + 1)))
        db.execute("INSERT INTO inputs (batch_id, row, job_id) SELECT 1, id, id FROM jobs")
        db.execute("INSERT INTO answers SELECT id, 200, NULL, NULL, NULL, 5, 5, 5,"
                   " '{\"n\":' || id || '}' FROM jobs WHERE state = 'done'")
        # Workers enough for the migration to take its time.
        db.executemany("INSERT INTO workers VALUES (?, 'h', 1, 1, 1, 2, 'done')",
                       ((f"{i:016x}",) for i in range(1, 40_001)))
        db.execute("INSERT INTO workers VALUES ('0123456789abcdef', 'h', 1, 1, 1, NULL, NULL)")
        db.execute("INSERT INTO counters SELECT '', state, count(*) FROM jobs GROUP BY state")
        db.commit()
        db.close()
        return jobs

    @staticmethod
    def state_of(i):
        if i % 100 == 0:
            return "leased", "0123456789abcdef", None
        return ("done", None, 5) if i % 2 else ("ready", None, None)

    def content(self):
        return self.rows("SELECT key, epoch, settled_at_ms, body FROM jobs "
                         "LEFT JOIN answers ON job_id = id WHERE state = 'done' ORDER BY id")

    def test_a_migration_that_is_killed_leaves_one_version_or_the_next(self):
        jobs = self.write_version_1()
        self.keep_store("version-1.db")
        content = self.content()
        instants = self.instants(rounds(8, 200), self.span_of("retry", "--error", "nothing"))
        versions = {"1": 0, "3": 0}
        while instants.more():
            self.put_store("version-1.db")
            self.kill_at(instants, "retry", "--error", "nothing")
            ((version,),) = self.rows("SELECT value FROM settings WHERE key = 'schema_version'")
            versions[version] += 1
            columns = [row[1] for row in self.rows("PRAGMA table_info(workers)")]
            self.assertEqual("permits" in columns, version == "3")
            self.run_dogged("retry", "--error", "nothing")
            self.assertEqual(self.content(), content)
            self.assertEqual(sum(self.states().values()), jobs)
            self.verify()
        self.assert_hit(instants)
        print(versions, flush=True)
        tally("crash", "kill -9 during a migration", instants.hits)
