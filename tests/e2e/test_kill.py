# SPDX-License-Identifier: MIT
"""kill -9 at any instant loses nothing and asks for nothing twice that was committed."""
import os
import random
import time

from harness import Case, kill

KILLS = 20
IDS = 2000


class Kill(Case):
    def test_a_run_killed_at_random_instants_ends_with_every_row_answered(self):
        seed = int(os.environ.get("SEED", random.randrange(1 << 30)))
        print(f"seed {seed}", flush=True)
        rng = random.Random(seed)
        server = self.standin("--at-once", 10, "--delay", 20, "--missing-share", "0.05",
                              "--reset-share", "0.02")
        self.run_dogged("import", self.write_ids(range(1, IDS + 1)), "--url", server.url)
        in_flight = 0
        for _ in range(KILLS):
            before = len(server.requests())
            process = self.start("run", "-j", 16)
            # From before the first request to well within the run.
            time.sleep(rng.uniform(0, 0.35))
            kill(process)
            self.assertFalse([p for p in self.directory.iterdir() if ".tmp-" in p.name])
            committed = {key for (key,) in self.query(
                "SELECT key FROM jobs WHERE state IN ('done', 'not_found')")}
            answered = {path.rsplit("/", 1)[1] for path in server.answered()}
            # An answer counts as lost work only where it was not committed: at most those in flight
            # and those of the last 50 ms.
            in_flight += len(answered - committed)
            self.assertLessEqual(committed, answered)
            self.assertLessEqual(before, len(server.requests()))
        self.run_dogged("run", "-j", 16)
        self.assertEqual(sum(self.states().values()), IDS)
        self.assertEqual(set(self.states()), {"done", "not_found"})
        self.verify()

    def test_no_committed_answer_is_fetched_again(self):
        server = self.standin("--at-once", 10, "--delay", 20)
        self.run_dogged("import", self.write_ids(range(1, 601)), "--url", server.url)
        for _ in range(5):
            process = self.start("run", "-j", 16)
            floor = len(server.answered())
            self.wait_until(lambda: len(server.answered()) >= min(600, floor + 60), "60 more answers")
            kill(process)
            committed = {key for (key,) in self.query("SELECT key FROM jobs WHERE state = 'done'")}
            seen = len(server.requests())
            process = self.start("run", "-j", 16)
            self.wait_until(lambda: len(server.answered()) >= min(600, len(committed) + 60)
                            or process.poll() is not None, "the next run")
            kill(process)
            again = [path for _, status, path in server.requests()[seen:]
                     if status == 200 and path.rsplit("/", 1)[1] in committed]
            self.assertEqual(again, [])
        self.run_dogged("run")
        self.assertEqual(self.states(), {"done": 600})
        # Each kill may cost what was in flight (16) and what was not committed yet; nothing else is
        # asked twice.
        twice = sum(n - 1 for n in server.answered().values())
        self.assertLessEqual(twice, 10 * 40)

    def test_the_jobs_of_a_killed_worker_are_ready_at_once(self):
        server = self.standin("--delay", 300)
        self.run_dogged("import", self.write_ids(range(1, 9)), "--url", server.url)
        process = self.start("run")
        self.wait_until(lambda: self.states().get("leased", 0) >= 4, "leased jobs")
        kill(process)
        self.assertGreaterEqual(self.states()["leased"], 4)
        start = time.monotonic()
        self.run_dogged("run")
        self.assertLess(time.monotonic() - start, 10)
        self.assertEqual(self.states(), {"done": 8})

    def test_an_import_that_is_killed_is_there_whole_or_not_at_all(self):
        ids = self.write_ids(range(1, 200_001))
        rng = random.Random(7)
        for _ in range(6):
            process = self.start("import", ids)
            time.sleep(rng.uniform(0.05, 1.0))
            kill(process)
            if self.db.exists() and self.db.stat().st_size:
                rows = self.query("SELECT (SELECT count(*) FROM batches), (SELECT count(*) FROM jobs)")
                self.assertIn(rows, [[(0, 0)], [(1, 200_000)]])
                self.verify()
        self.run_dogged("import", ids)
        self.assertEqual(self.states(), {"ready": 200_000})
        leftovers = [p.name for p in self.directory.iterdir() if ".import-" in p.name]
        self.assertEqual(leftovers, [])

    def test_a_job_whose_workers_die_three_times_is_failed(self):
        server = self.standin("--delay", 60_000)
        self.run_dogged("import", self.write_ids(["poison"]), "--url", server.url)
        for lease in (1, 2, 3):
            process = self.start("run")
            self.wait_until(lambda: self.query("SELECT epoch FROM jobs WHERE state = 'leased'")
                            == [(lease,)], f"lease {lease}")
            kill(process)
        self.run_dogged("run", expect=3)
        self.assertEqual(self.states(), {"failed": 1})
        ((error,),) = self.query("SELECT error FROM jobs")
        self.assertIn("died", error)
