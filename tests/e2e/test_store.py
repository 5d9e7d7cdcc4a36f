# SPDX-License-Identifier: MIT
"""The store as a file among others: modes, plain SQL, copies. What is no store, or a broken one:
test_damage.py."""
import os
import sqlite3
import stat

from harness import Case


class Store(Case):
    def imported(self, count=20):
        server = self.standin()
        self.run_dogged("import", self.write_ids(range(count)), "--url", server.url)
        return server

    def test_the_store_is_readable_by_its_owner_alone(self):
        os.umask(0o022)
        self.imported()
        self.run_dogged("run")
        for path in self.directory.glob("dogged.db*"):
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600, path)

    def test_commands_that_read_do_not_make_a_store(self):
        for command in (["status"], ["list"], ["verify"], ["export", "-o", "-"], ["run"]):
            _, err = self.run_dogged(*command, expect=2)
            self.assertIn("--db", err)
            self.assertFalse(self.db.exists())

    def test_the_views_answer_the_usual_questions_in_plain_sql(self):
        self.imported()
        self.run_dogged("run")
        self.assertEqual(len(self.query("SELECT * FROM job_overview")), 20)
        self.assertEqual(self.query("SELECT * FROM failures"), [])
        self.assertEqual(len(self.query("SELECT * FROM batch_summary")), 1)
        names = self.query("SELECT json_extract(body, '$.name') FROM answers")
        self.assertTrue(all(name for (name,) in names))

    def test_sql_only_reads(self):
        self.imported()
        out, _ = self.run_dogged("sql", "SELECT count(*) AS n FROM jobs")
        self.assertIn("20", out)
        for statement in ("DELETE FROM jobs", "SELECT 1; DELETE FROM jobs", "ATTACH 'x.db' AS x"):
            self.run_dogged("sql", statement, expect=2)
        self.assertEqual(self.states(), {"ready": 20})

    def test_a_copy_is_a_store_of_its_own(self):
        self.imported()
        self.run_dogged("run")
        self.run_dogged("copy", "--to", self.path("copy.db"))
        with sqlite3.connect(f"file:{self.path('copy.db')}?mode=ro", uri=True) as db:
            self.assertEqual(db.execute("SELECT count(*) FROM answers").fetchall(), [(20,)])
        db.close()
        self.assertEqual(stat.S_IMODE(os.stat(self.path("copy.db")).st_mode), 0o600)
        self.run_dogged("copy", "--to", self.path("copy.db"), expect=2)

    def test_removing_a_batch_keeps_what_other_batches_have(self):
        self.imported()
        self.run_dogged("import", self.write_ids(range(15, 30), "more.csv"))
        self.run_dogged("remove", "--batch", "more.csv", "--yes")
        self.assertEqual(self.states(), {"ready": 20})
        self.verify()

    def test_verify_finds_what_does_not_add_up(self):
        self.imported()
        with sqlite3.connect(self.db) as db:
            db.execute("UPDATE counters SET n = n + 1")
        db.close()
        self.run_dogged("verify", expect=1)
