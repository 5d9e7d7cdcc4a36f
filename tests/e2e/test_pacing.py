# SPDX-License-Identifier: MIT
"""What a server sees of the pace: caps that hold for several runs together, an outage, a wait that
is kept. How close to a server's limit the pace comes is measured in virtual time (tests/sim)."""
import http.server
import json
import threading
import time
import unittest

from harness import Case, kill


class Moody(http.server.ThreadingHTTPServer):
    """Answers every ID, or refuses everything while it is told to."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self):
        self.refuses = False
        self.retry_after = None
        self.served = []  # (seconds, status)
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/{{id}}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def statuses(self, since=0.0):
        return [status for seconds, status in list(self.served) if seconds >= since]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        time.sleep(0.02)
        status = 503 if self.server.refuses else 200
        body = json.dumps({"path": self.path}).encode()
        self.server.served.append((time.time(), status))
        self.send_response(status)
        if status == 503 and self.server.retry_after:
            self.send_header("Retry-After", str(self.server.retry_after))
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class Pacing(Case):
    def moody(self, count):
        server = Moody()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.run_dogged("import", self.write_ids(range(count)), "--url", server.url)
        return server

    def test_a_rate_holds_for_all_runs_together_also_when_they_are_killed(self):
        server = self.standin("--delay", 5)
        self.run_dogged("import", self.write_ids(range(800)), "--url", server.url)
        steady = self.start("run", "--rate", "100/s")
        for _ in range(3):
            other = self.start("run", "--rate", "100/s")
            time.sleep(1.2)
            kill(other)
        self.assertEqual(self.finish(steady)[0], 0)
        self.verify()
        times = sorted(seconds for seconds, _, _ in server.requests())
        most = max(sum(1 for u in times if t <= u < t + 1) for t in times)
        self.assertLessEqual(most, 101)

    def test_a_limit_that_nobody_told_is_found(self):
        server = self.standin("--rate", 100)
        self.run_dogged("import", self.write_ids(range(1200)), "--url", server.url)
        self.run_dogged("run")
        begin = server.requests()[0][0]
        later = [status for seconds, status, _ in server.requests() if seconds > begin + 5]
        self.assertGreater(later.count(200), 200)
        self.assertLessEqual(later.count(429) * 20, later.count(200))

    def test_two_runs_sit_out_an_outage_with_a_handful_of_requests_and_charge_no_job(self):
        server = self.moody(3000)
        runs = [self.start("run"), self.start("run")]
        self.wait_until(lambda: len(server.served) > 300, "the runs to be under way")
        server.refuses = True
        # What is under way is refused, and it is an outage.
        self.wait_until(lambda: time.time() - server.served[-1][0] > 0.5, "the runs to be still")
        begin = time.time()
        time.sleep(6)
        self.assertLessEqual(len(server.statuses(begin)), 12)
        self.assertIn("no answer since", self.run_dogged("status")[0])
        server.refuses = False
        for run in runs:
            self.assertEqual(self.finish(run)[0], 0)
        self.assertEqual(self.states(), {"done": 3000})
        self.assertEqual(self.query("SELECT max(attempts) FROM jobs"), [(1,)])
        self.verify()

    def test_a_wait_that_the_server_asked_for_outlives_the_run(self):
        server = self.moody(5)
        server.refuses, server.retry_after = True, 50
        self.run_dogged("run", "--max-wait", "1s", expect=4)
        server.refuses = False
        asked = len(server.served)
        self.assertIn("asks to wait until", self.run_dogged("status")[0])
        self.run_dogged("run", "--max-wait", "1s", expect=4)
        self.assertEqual(len(server.served), asked)
        # --now asks once, finds that it is over, and goes on.
        self.run_dogged("run", "--max-wait", "1s", "--now")
        self.assertEqual(self.states(), {"done": 5})


if __name__ == "__main__":
    unittest.main()
