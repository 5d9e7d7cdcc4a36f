# SPDX-License-Identifier: MIT
"""Several programs on one store at once."""
import sqlite3

from harness import Case


class Sharing(Case):
    def test_two_runs_share_the_work_and_answer_no_id_twice(self):
        server = self.standin("--delay", 10)
        self.run_dogged("import", self.write_ids(range(800)), "--url", server.url)
        runs = [self.start("run", "-j", 8) for _ in range(2)]
        for run in runs:
            status, _, err = self.finish(run)
            self.assertEqual(status, 0, err)
        self.assertEqual(self.states(), {"done": 800})
        self.assertEqual([p for p, n in server.answered().items() if n > 1], [])
        self.assertEqual(self.query("SELECT count(*) FROM workers WHERE ended_at_ms IS NULL"), [(0,)])
        self.verify()

    def test_an_import_and_an_export_during_a_run_wait_and_do_not_fail(self):
        server = self.standin("--delay", 20)
        self.run_dogged("import", self.write_ids(range(600)), "--url", server.url)
        run = self.start("run", "-j", 8)
        self.wait_for_requests(server, 50)
        self.run_dogged("import", self.write_ids(range(500, 900), "more.csv"))
        self.run_dogged("export", "-o", self.path("half.csv"), "--batch", "ids.csv")
        self.assertEqual(len(self.read_csv(self.path("half.csv"))), 600)
        status, _, err = self.finish(run)
        self.assertEqual(status, 0, err)
        # The run took on the new jobs as well.
        self.assertEqual(self.states(), {"done": 900})
        self.verify()

    def test_many_openings_at_once_never_see_a_busy_store(self):
        ids = self.write_ids(range(50))
        imports = [self.start("import", ids, "--batch", f"b{i}") for i in range(6)]
        for process in imports:
            status, _, err = self.finish(process)
            self.assertEqual(status, 0, err)
        self.assertEqual(self.states(), {"ready": 50})
        self.verify()

    def test_a_reader_that_holds_a_snapshot_does_not_stop_a_run(self):
        server = self.standin()
        self.run_dogged("import", self.write_ids(range(300)), "--url", server.url)
        reader = sqlite3.connect(f"file:{self.db}?mode=ro", uri=True)
        self.addCleanup(reader.close)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM jobs").fetchall()
        self.run_dogged("run")
        self.assertEqual(self.states(), {"done": 300})
