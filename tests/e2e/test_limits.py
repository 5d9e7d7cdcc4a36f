# SPDX-License-Identifier: MIT
"""The caps in the store, pause and resume, the quota, and what the progress lines tell: as a user
meets them, with the server's own log as the judge."""
import datetime
import json
import pathlib
import subprocess
import sys
import time
import unittest
import xml.etree.ElementTree

from harness import Case

PLOT = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "plot_pace"
OBEYED = 2.0  # seconds until a running worker keeps to what was said
SLACK = 1.0   # for a busy machine


class Limits(Case):
    def setUp(self):
        super().setUp()
        self.server = self.standin("--delay", 5)

    def take_in(self, count):
        self.run_dogged("import", self.write_ids(range(count)), "--url", self.server.url)

    def begun(self):
        """When each request began, in order."""
        return sorted(seconds for seconds, _, _ in self.server.requests())

    def most_in_a_second(self, times):
        return max(sum(1 for u in times if t <= u < t + 1) for t in times)

    def begun_in(self, seconds):
        """How many requests begin in the seconds from now on, by the server's log."""
        start = time.time()
        time.sleep(seconds)
        return sum(1 for at in self.begun() if start <= at < start + seconds)

    def quota_of_today(self, count):
        """A daily quota whose window began half a day ago: no test runs into its end."""
        now = datetime.datetime.now(datetime.timezone.utc)
        return f"{count}/day@{(now.hour + 12) % 24:02}:00"

    def test_a_rate_in_the_store_holds_for_a_run_without_flags(self):
        self.take_in(60)
        self.assertEqual(self.run_dogged("limit", "--rate", "20/s")[0], "in the store: 20/s\n")
        _, err = self.run_dogged("run")
        self.assertIn("at 20/s", err)
        self.assertIn("caps: 20/s (dogged limit)", err)
        self.assertLessEqual(self.most_in_a_second(self.begun()), 21)
        self.assertEqual(self.states(), {"done": 60})
        # A lower flag counts, a higher one does not.
        self.run_dogged("limit", "--rate", "1000/s")
        self.run_dogged("refresh", "--all")
        self.assertIn("caps: 30/s\n", self.run_dogged("run", "--rate", "30/s", "--limit", 10, expect=4)[1])

    def test_a_cap_set_while_a_run_goes_on_holds_within_two_seconds(self):
        self.take_in(3000)
        run = self.start("run", "--rate", "200/s")
        self.wait_for_requests(self.server, 50)
        self.run_dogged("limit", "--rate", "10/s")
        time.sleep(OBEYED + SLACK)
        self.assertLessEqual(self.begun_in(2), 2 * 10 + 2)
        run.terminate()
        self.assertEqual(self.finish(run)[0], 4)

    def test_pause_stops_a_run_within_two_seconds_and_resume_lets_it_go_on(self):
        self.take_in(600)
        run = self.start("run", "--rate", "100/s")
        self.wait_for_requests(self.server, 50)
        out, _ = self.run_dogged("pause")
        self.assertTrue(out.startswith("paused: "), out)
        self.assertIn("paused already", self.run_dogged("pause")[0])
        time.sleep(OBEYED + SLACK)
        self.assertEqual(self.begun_in(1.5), 0, "requests while paused")
        self.assertIsNone(run.poll(), "the run waits")
        status, _ = self.run_dogged("status")
        self.assertIn("paused    since ", status)
        self.assertIn("worker    pid ", status)
        self.assertNotEqual(self.run_json("status")["paused_since"], None)
        before = len(self.server.requests())
        self.assertTrue(self.run_dogged("resume")[0].startswith("resumed after "))
        resumed = time.time()
        self.wait_for_requests(self.server, before + 1)
        self.assertLess(self.begun()[before] - resumed, OBEYED + SLACK)
        status, _, err = self.finish(run)
        self.assertEqual(status, 0, err)
        self.assertEqual(self.states(), {"done": 600})
        self.verify()

    def test_a_run_on_a_paused_store_says_so_and_leaves_at_max_wait(self):
        self.take_in(5)
        self.run_dogged("pause")
        _, err = self.run_dogged("run", "--max-wait", "1s", expect=4)
        self.assertIn("paused since ", err)
        self.assertIn("dogged resume", err)
        self.assertEqual(self.server.requests(), [])
        self.run_dogged("resume")
        self.run_dogged("run")
        self.assertEqual(self.states(), {"done": 5})

    def test_a_quota_counts_over_runs_and_the_rest_waits_for_its_next_window(self):
        self.take_in(30)
        quota = self.quota_of_today(10)
        _, err = self.run_dogged("run", "--quota", quota, "--max-wait", "1s", expect=4)
        self.assertIn("come back after ", err)
        self.assertEqual(len(self.server.requests()), 10)
        self.run_dogged("run", "--quota", quota, "--max-wait", "1s", expect=4)
        self.assertEqual(len(self.server.requests()), 10)
        out, _ = self.run_dogged("limit", "--quota", self.quota_of_today(25))
        self.assertIn("10 used, 15 left until ", out)
        report = json.loads(self.run_dogged("run", "--max-wait", "1s", "--json", expect=4)[0])
        self.assertIsNotNone(report["next_due"])
        self.assertEqual(len(self.server.requests()), 25)
        use = self.run_json("status")["quotas"][0]
        self.assertEqual((use["used"], use["left"]), (25, 0))
        self.assertIn("when the quota begins anew", self.run_dogged("status")[0])
        self.run_dogged("limit", "--quota", "none")
        self.run_dogged("run")
        self.assertEqual(self.states(), {"done": 30})
        self.verify()

    def test_quota_and_share_of_a_source_hold(self):
        source = self.directory / "source.toml"
        source.write_text(f'[request]\nurl = "{self.server.url}"\n'
                          f'[limits]\nquota = "{self.quota_of_today(5)}"\nleave = "20%"\n')
        ids = self.write_ids(range(9))
        _, err = self.run_dogged("fetch", ids, "-o", self.path("out.csv"), "--source", source,
                                 "--max-wait", "1s", expect=4)
        self.assertNotIn("not enforced", err)
        self.assertEqual(len(self.server.requests()), 5)
        source.write_text('[request]\nurl = "http://h/{id}"\n[limits]\nquota = "5/fortnight"\n')
        _, err = self.run_dogged("run", "--source", source, "--change-source", expect=2)
        self.assertIn("the source's quota: ", err)

    def test_what_a_server_takes_is_learned_and_shown(self):
        server = self.standin("--at-once", 4, "--delay", 20)
        self.run_dogged("import", self.write_ids(range(800)), "--url", server.url)
        self.run_dogged("run")
        self.assertIn("learned   ", self.run_dogged("status")[0])
        learned = self.run_json("status")["learned"]
        self.assertGreaterEqual(learned["concurrency"], 1)
        self.assertLess(learned["concurrency"], 16)


class Plot(Case):
    def plot(self, text, *options, expect=0):
        done = subprocess.run([sys.executable, PLOT, *options], input=text, text=True,
                              capture_output=True, timeout=60)
        self.assertEqual(done.returncode, expect, done.stderr)
        return done

    def test_a_runs_json_lines_become_a_picture(self):
        server = self.standin("--at-once", 6, "--delay", 5)
        ids = self.write_ids(range(1500))
        _, err = self.run_dogged("fetch", ids, "-o", self.path("out.csv"), "--url", server.url,
                                 "--progress", "json")
        lines = [json.loads(line) for line in err.splitlines() if line.startswith("{")]
        self.assertGreater(len(lines), 2)
        self.assertEqual(lines[-1]["answered"], 1500)
        self.assertEqual(lines[-1]["started"], len(server.requests()))
        gaps = [b["elapsed_ms"] - a["elapsed_ms"] for a, b in zip(lines, lines[1:])]
        self.assertLess(sorted(gaps)[len(gaps) // 2], 400, "a line every fifth of a second")
        picture = self.plot(err, "--title", "Up <to> six & more").stdout
        svg = xml.etree.ElementTree.fromstring(picture)
        texts = [e.text for e in svg.iter("{http://www.w3.org/2000/svg}text")]
        for wanted in ("Up <to> six & more", "refused", "concurrency limit", "requests a second"):
            self.assertIn(wanted, texts)
        self.assertNotIn("nan", picture)

    def test_odd_lines_do_no_harm_and_no_run_is_an_error(self):
        line = {"event": "progress", "elapsed_ms": 0, "requests": 0, "in_flight": 0, "refusals": 0,
                "answered": 0, "concurrency_limit": 4, "bound": "none"}
        later = {**line, "elapsed_ms": 900, "requests": 5, "bound": "outage", "start_rate": 2.5}
        text = "\n".join(["store: new", "{", "[1]", "{}", '{"event":"progress"}', json.dumps(line),
                          json.dumps(later), json.dumps({**later, "elapsed_ms": 70_000})])
        xml.etree.ElementTree.fromstring(self.plot(text).stdout)
        # A second run in the same file: the last one is drawn.
        again = self.plot(text + "\n" + json.dumps(line) + "\n" + json.dumps(later))
        self.assertIn("the last one", again.stderr)
        self.assertIn("no run", self.plot("store: new\n", expect=1).stderr)


if __name__ == "__main__":
    unittest.main()
