# SPDX-License-Identifier: MIT
"""Ctrl-C once and twice, and SIGTERM: nothing is lost, nothing stays leased."""
import fcntl
import signal
import time
import unittest

from harness import SANITIZER, Case


class Interrupt(Case):
    def setUp(self):
        super().setUp()
        self.server = self.standin("--delay", 50)
        self.ids = self.write_ids(range(400))
        self.out = self.path("out.csv")

    def fetch(self, *options):
        return ["fetch", self.ids, "-o", self.out, "--url", self.server.url, "-j", 8, *options]

    def start_and_signal(self, number):
        process = self.start(*self.fetch())
        self.wait_for_requests(self.server, 20)
        sent = time.time()
        process.send_signal(number)
        ending = self.finish(process)
        self.assertLess(self.seconds_to_end(sent), 10)
        return ending

    def seconds_to_end(self, since):
        """Until the run's end by its own account: how long the process takes to be gone is not asked."""
        ((ended,),) = self.query("SELECT max(ended_at_ms) FROM workers")
        return ended / 1000 - since

    def resume(self):
        self.run_dogged(*self.fetch())
        self.assertEqual(self.states(), {"done": 400})
        self.verify()

    def test_ctrl_c_finishes_what_is_in_flight_and_says_how_to_go_on(self):
        status, _, err = self.start_and_signal(signal.SIGINT)
        self.assertEqual(status, 130, err)
        self.assertNotIn("leased", self.states())
        self.assertIn("dogged", err)
        # All that was asked was answered and kept.
        self.assertEqual(self.states()["done"], len(self.server.answered()))
        self.resume()

    def test_ctrl_c_twice_stops_at_once_and_loses_nothing(self):
        slow = self.standin_named("slow", "--delay", 60_000)
        self.write_ids(range(100, 130), "slow.csv")
        process = self.start("fetch", self.path("slow.csv"), "-o", self.path("slow-out.csv"), "--url", slow.url)
        self.wait_until(lambda: self.db.exists() and self.count("leased"), "leases")
        self.send(process, signal.SIGINT)
        second = time.time()
        process.send_signal(signal.SIGINT)
        status, _, err = self.finish(process)
        self.assertEqual(status, 130, err)
        self.assertLess(self.seconds_to_end(second), 3)  # what is in flight would have 10 s
        self.assertEqual(self.states(), {"ready": 30})

    def standin_named(self, name, *options):
        directory = self.directory / name
        directory.mkdir()
        from harness import Standin
        server = Standin(directory, *options)
        self.addCleanup(server.close)
        return server

    def count(self, state):
        try:
            return self.query("SELECT count(*) FROM jobs WHERE state = ?", state)[0][0]
        except Exception:  # the tables may not stand yet
            return 0

    def export(self, column, *signals):
        """Exports with a filter that takes for ever on every row; sends signals once it is at it."""
        self.run_dogged(*self.fetch("--limit", 5, "-j", 1), expect=4)
        out = self.directory / "export.csv"
        process = self.start("export", "-o", out, "--add", column, "--add", "auto")
        self.wait_until(lambda: any(".tmp-" in p.name for p in self.directory.iterdir()), "the export")
        for number in signals:
            time.sleep(0.3)  # on to the filter
            self.send(process, number)
        status, _, err = self.finish(process)
        self.assertEqual(sorted(p.name for p in self.directory.iterdir() if "export.csv" in p.name), [], err)
        return status, err

    @unittest.skipIf(SANITIZER == "thread", "TSan hands a signal over only where the thread calls what it watches")
    def test_ctrl_c_twice_ends_an_export_in_a_filter_that_does_not_end(self):
        status, _ = self.export("x=last(range(1e15))", signal.SIGINT, signal.SIGINT)
        self.assertEqual(status, 130)

    def test_ctrl_c_ends_an_export_between_rows(self):
        status, err = self.export("x=last(range(5e6))", signal.SIGINT)
        self.assertEqual(status, 130, err)
        self.assertIn("nothing was exported", err)

    def test_ctrl_c_twice_ends_a_run_that_waits_for_the_write_lock_of_another(self):
        process = self.start(*self.fetch())
        self.wait_for_requests(self.server, 20)
        with open(f"{self.db}-lock", "r+b") as lock:
            fcntl.lockf(lock, fcntl.LOCK_EX, 1, 1)
            self.send(process, signal.SIGINT)
            time.sleep(1)
            self.assertIsNone(process.poll(), "it waits")
            start = time.monotonic()
            process.send_signal(signal.SIGINT)
            status, _, err = self.finish(process)
            self.assertLess(time.monotonic() - start, 10)
        self.assertEqual(status, 6, err)
        self.assertIn("dogged fetch", err)
        self.resume()

    def test_sigterm_drains_and_ends_with_4(self):
        status, _, err = self.start_and_signal(signal.SIGTERM)
        self.assertEqual(status, 4, err)
        self.assertNotIn("leased", self.states())
        self.resume()
