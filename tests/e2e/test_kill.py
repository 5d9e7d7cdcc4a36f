# SPDX-License-Identifier: MIT
"""kill -9 of a run at any instant loses nothing and asks for nothing twice that was committed."""
import time

from harness import kill, rounds, tally
from killing import KillCase, without_times

IDS = 1000
FAULTS = ("--at-once", 12, "--delay", 15, "--missing-share", "0.05", "--reset-share", "0.03",
          "--error-share", "0.03")


class Kill(KillCase):
    def fresh(self):
        """Jobs that no killed run had in its hands: one that three of them had would fail."""
        return self.rows("SELECT count(*) FROM jobs WHERE state = 'ready' AND deaths = 0")[0][0]

    def begin(self, ids, server, name="ids.csv"):
        self.forget_store()
        self.run_dogged("import", self.write_ids(ids, name), "--url", server.url)

    def export(self, name):
        self.run_dogged("export", "-o", self.path(name), "--force")
        return without_times(self.directory / name)

    def never_killed(self, ids):
        """What a run that is left alone would export. `begun`: seconds to begin and end one."""
        server = self.server(*FAULTS)
        self.begin(ids, server)
        self.begun = self.span_of("run", "-j", 16, "--limit", 1, expect=4)
        self.run_dogged("run", "-j", 16)
        return self.export("never-killed.csv")

    def check_end(self, server, expected):
        self.assertEqual(set(self.states()), {"done", "not_found"})
        self.assertEqual(self.export("out.csv"), expected)
        # The server saw no more of a job than its leases.
        leases = dict(self.rows("SELECT key, epoch FROM jobs"))
        answered = {path.rsplit("/", 1)[1]: n for path, n in server.answered().items()}
        self.assertEqual({k: n for k, n in answered.items() if n > leases[k]}, {})
        self.assertEqual(answered.keys(), leases.keys())

    def test_a_run_killed_at_random_instants_exports_what_one_never_killed_does(self):
        expected = self.never_killed(range(1, IDS + 1))
        kills, wanted, at_work = 0, rounds(16, 500), 0
        while kills < wanted:
            server = self.server(*FAULTS)
            self.begin(range(1, IDS + 1), server)
            committed = {}
            while kills < wanted and self.fresh() > 400:
                runs = [self.start("run", "-j", 16) for _ in range(self.rng.choice((1, 1, 2)))]
                # From before the first request to well within the run.
                time.sleep(self.rng.uniform(0, self.begun + 0.25))
                kill(runs.pop())
                for other in runs:  # it takes on what the dead one had
                    time.sleep(self.rng.uniform(0, 0.1))
                    kill(other)
                kills += 1 + len(runs)
                before, committed = committed, self.assert_kept(committed)
                at_work += len(committed) > len(before)
                if at_work <= kills / 4:  # the machine has less time for it than when it was measured
                    self.begun *= 1.2
                self.verify()
            self.run_dogged("run", "-j", 16)
            self.assert_kept(committed)
            self.check_end(server, expected)
            server.close()
        print(f"{kills} kills, {at_work} times with new answers", flush=True)
        self.assertGreater(at_work, kills / 8, "the kills came before the work")
        tally("crash", "kill -9 during a run", kills)

    def test_a_fetch_killed_at_random_instants_ends_with_the_same_file(self):
        ids = self.write_ids(range(1, 81))
        out = self.directory / "fetched.csv"
        server = self.standin(*FAULTS)
        fetch = ("fetch", ids, "-o", out, "--url", server.url, "-j", 8)
        span = self.span_of(*fetch)
        expected = without_times(out)
        kills, wanted = 0, rounds(8, 200)
        while kills < wanted:
            self.forget_store()
            out.unlink(missing_ok=True)
            committed = {}
            for _ in range(2):  # a third death in the same hands would fail a job
                process = self.start(*fetch)
                time.sleep(self.rng.uniform(0, span))
                kill(process)
                kills += process.returncode == -9
                committed = self.assert_kept(committed)
                if out.exists():
                    self.assertEqual(without_times(out), expected)
            self.run_dogged(*fetch)
            self.assert_kept(committed)
            self.assertEqual(without_times(out), expected)
            self.verify()
        tally("crash", "kill -9 during a fetch", kills)

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
        silent, server = self.server("--delay", 60_000), self.server()
        self.run_dogged("import", self.write_ids(range(1, 9)), "--url", silent.url)
        process = self.start("run")
        self.wait_until(lambda: self.states().get("leased", 0) >= 4, "leased jobs")
        kill(process)
        self.assertGreaterEqual(self.states()["leased"], 4)
        self.run_dogged("run", "--url", server.url)
        self.assertEqual(self.states(), {"done": 8})
        # By the run's own account: how long its process takes to begin is not asked.
        ((took,),) = self.query("SELECT max(fetched_at_ms) - (SELECT max(started_at_ms) FROM workers)"
                                " FROM answers")
        self.assertLess(took, 10_000)

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
