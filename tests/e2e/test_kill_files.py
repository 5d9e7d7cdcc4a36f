# SPDX-License-Identifier: MIT
"""kill -9 while a file is written or a whole store is changed: whole, or as it was."""
import json
import sqlite3

from harness import rounds, tally
from killing import KillCase, sha

ROWS = 12_000


class KillFiles(KillCase):
    """On a store with every state and two batches that share rows, made once for each test."""

    def setUp(self):
        super().setUp()
        for name, ids in (("a", range(ROWS)), ("b", range(ROWS // 2, ROWS * 3 // 2))):
            self.run_dogged("import", self.write_ids([f"K{i}" for i in ids], f"{name}.csv"),
                            "--batch", name, "--url", "http://127.0.0.1:9/{id}")
        with sqlite3.connect(self.db) as db:
            db.execute("UPDATE jobs SET epoch = 1, attempts = 1, settled_at_ms = 1700000000000 + id,"
                       " state = CASE id % 3 WHEN 0 THEN 'done' WHEN 1 THEN 'failed'"
                       " ELSE 'not_found' END, http_status = 200")
            db.execute("UPDATE jobs SET state = 'ready', settled_at_ms = NULL, http_status = NULL"
                       " WHERE id % 10 = 0")
            db.executemany(
                "INSERT INTO answers VALUES (?1, 200, NULL, NULL, NULL, ?2, ?2, ?2, ?3)",
                [(i, 1_700_000_000_000 + i, json.dumps({"n": i, "name": "Näme" * (i % 30)}))
                 for (i,) in db.execute("SELECT id FROM jobs WHERE state = 'done'").fetchall()])
            db.execute("DELETE FROM counters")
            db.execute("INSERT INTO counters SELECT '', state, count(*) FROM jobs GROUP BY state")
        db.close()
        self.verify()
        self.keep_store("kept.db")
        self.kept = self.answers()

    def verb(self, fault, wanted, arguments, look, target=None):
        """Kills the verb on the kept store again and again; `look` sees the store after each kill and
        says whether the verb had taken effect. `target`: a store that must not be there before."""
        instants = self.instants(wanted, self.span_of(*arguments))
        took = {True: 0, False: 0}
        while instants.more():
            self.put_store("kept.db")
            if target:
                self.forget_store(target)
            if self.kill_at(instants, *arguments):
                took[look()] += 1
                self.verify()
        self.assert_hit(instants)
        print(f"{fault}: in effect {took[True]}, not {took[False]}", flush=True)
        tally("crash", fault, instants.hits)

    def look_at_requeued(self, states):
        """After a retry or a refresh: all of them are ready again, or none."""
        before = self.states()
        after = {s: n for s, n in before.items() if s not in states}
        after["ready"] += sum(before[s] for s in states)

        def look():
            now = self.states()
            self.assertIn(now, (before, after))
            # What was answered is still there, asked again or not.
            self.assertEqual(self.bodies(), bodies)
            return now == after
        bodies = self.bodies()
        return look

    def verify_copy(self, copy):
        self.db, db = copy, self.db
        self.verify()
        self.db = db

    def bodies(self):
        return sha("".join(body for (body,) in self.query("SELECT body FROM answers ORDER BY job_id")))

    def test_a_retry_that_is_killed_has_happened_whole_or_not_at_all(self):
        self.verb("kill -9 during a retry", rounds(6, 200), ("retry",),
                  self.look_at_requeued(["failed"]))

    def test_a_refresh_that_is_killed_has_happened_whole_or_not_at_all(self):
        self.verb("kill -9 during a refresh", rounds(6, 100), ("refresh", "--all"),
                  self.look_at_requeued(["done", "not_found"]))

    def test_a_removal_that_is_killed_has_happened_whole_or_not_at_all(self):
        whole = [("a", ROWS), ("b", ROWS)]

        def look():
            batches = self.query("SELECT name, (SELECT count(*) FROM inputs WHERE batch_id = b.id) "
                                 "FROM batches AS b ORDER BY name")
            self.assertIn(batches, (whole, whole[1:]))
            removed = batches == whole[1:]
            self.assertEqual(self.query("SELECT count(*) FROM jobs"),
                             [(ROWS if removed else ROWS * 3 // 2,)])
            left = self.answers()
            self.assertEqual(left, {k: self.kept[k] for k in left})
            return removed
        self.verb("kill -9 during a removal", rounds(6, 100), ("remove", "--batch", "a", "--yes"),
                  look)

    def test_a_copy_that_is_killed_is_whole_or_not_there(self):
        copy = self.directory / "copy.db"
        copies = {True: 0, False: 0}

        def look():
            there = copy.exists()
            if there:
                self.verify_copy(copy)
                with sqlite3.connect(f"file:{copy}?mode=ro", uri=True) as db:
                    self.assertEqual(db.execute("SELECT count(*) FROM jobs").fetchall(),
                                     [(ROWS * 3 // 2,)])
                db.close()
            self.assertEqual(self.answers(), self.kept)
            return there
        self.verb("kill -9 during a copy", rounds(8, 200), ("copy", "--to", copy), look, copy)
        # What killed copies left lies in nobody's way, and goes with the next.
        self.forget_store(copy)
        self.run_dogged("copy", "--to", copy)
        self.verify_copy(copy)
        self.assertEqual([p for p in self.directory.iterdir() if ".tmp-" in p.name], [])

    def test_an_export_that_is_killed_leaves_the_file_that_was_there_or_the_whole_new_one(self):
        out = self.directory / "out.csv"
        export = ("export", "-o", out, "--force", "--batch", "all", "--add", "auto",
                  "--add", "x=.n + 1")
        instants = self.instants(rounds(10, 300), self.span_of(*export))
        new = out.read_bytes()
        old = b"what was there before\n"
        seen = {"old": 0, "none": 0, "new": 0}
        while instants.more():
            first = self.rng.choice(("old", "none"))
            out.unlink(missing_ok=True)
            if first == "old":
                out.write_bytes(old)
            if self.kill_at(instants, *export):
                content = out.read_bytes() if out.exists() else None
                self.assertIn(content, (old if first == "old" else None, new))
                seen["new" if content == new else first] += 1
                self.verify()
        self.assert_hit(instants)
        print(seen, flush=True)
        out.unlink(missing_ok=True)
        self.run_dogged(*export)
        self.assertEqual(out.read_bytes(), new)
        self.assertEqual([p for p in self.directory.iterdir() if ".tmp-" in p.name], [])
        tally("crash", "kill -9 during an export", instants.hits)
