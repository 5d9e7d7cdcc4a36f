# SPDX-License-Identifier: MIT
"""A fault that concerns all jobs stops the run with one message; it does not burn the jobs."""
import http.server
import threading

from harness import Case

IN_FLIGHT = 8


class SomeAreBad(http.server.BaseHTTPRequestHandler):
    """Every tenth ID has a page instead of its record, for good."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        id = self.path.rsplit("/", 1)[1]
        body = b"<html>oops</html>" if id.endswith("5") else b'{"id":%s}' % id.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Systemic(Case):
    def check_stop(self, mode, *words, options=()):
        server = self.standin("--mode", mode, "--delay", 5)
        self.run_dogged("import", self.write_ids(range(500)), "--url", server.url)
        _, err = self.run_dogged("run", "-j", IN_FLIGHT, *options, expect=5)
        self.assertLessEqual(len(server.requests()), 20 + IN_FLIGHT)
        self.assertEqual(self.states(), {"ready": 500})
        self.assertEqual(self.query("SELECT sum(attempts), sum(refusals) FROM jobs"), [(0, 0)])
        for word in words:
            self.assertIn(word, err)
        self.verify()

    def test_a_wrong_key_stops_the_run(self):
        self.check_stop("unauthorized", "401")

    def test_a_wrong_path_stops_the_run(self):
        self.check_stop("wrong-path", "404", "--trust-answers")

    def test_a_login_page_stops_the_run(self):
        self.check_stop("login-page", "JSON")

    def test_one_body_for_every_id_stops_the_run(self):
        self.check_stop("same-body", "same")

    def test_a_key_that_expires_in_the_middle_stops_the_run_and_keeps_what_was_answered(self):
        server = self.standin("--mode", "key-expires", "--expires-after", 100, "--delay", 5)
        self.run_dogged("import", self.write_ids(range(500)), "--url", server.url)
        _, err = self.run_dogged("run", "-j", IN_FLIGHT, expect=5)
        refused = [r for r in server.requests() if r[1] == 401]
        self.assertLessEqual(len(refused), 20 + IN_FLIGHT)
        states = self.states()
        self.assertEqual(set(states), {"done", "ready"})
        self.assertGreaterEqual(states["done"], 95)
        self.assertIn("401", err)

    def test_trust_answers_turns_the_stops_off(self):
        server = self.standin("--mode", "wrong-path")
        self.run_dogged("import", self.write_ids(range(60)), "--url", server.url)
        self.run_dogged("run", "--trust-answers")
        self.assertEqual(self.states(), {"not_found": 60})

    def test_fewer_than_twenty_jobs_settle(self):
        server = self.standin("--mode", "unauthorized")
        self.run_dogged("import", self.write_ids(range(7)), "--url", server.url)
        self.run_dogged("run", expect=3)
        self.assertEqual(self.states(), {"failed": 7})

    def test_bad_answers_of_some_jobs_are_their_own_fault_also_at_the_end_of_the_list(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), SomeAreBad)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        url = f"http://127.0.0.1:{server.server_port}/{{id}}"
        self.run_dogged("import", self.write_ids(range(1, 301)), "--url", url)
        self.run_dogged("run", "-j", IN_FLIGHT, "--max-attempts", 3, expect=3)
        self.assertEqual(self.states(), {"done": 270, "failed": 30})
        self.verify()

    def test_a_server_that_is_not_there_stops_nothing_for_ever(self):
        self.run_dogged("import", self.write_ids(range(40)), "--url", "http://127.0.0.1:1/{id}")
        _, err = self.run_dogged("run", "--max-time", "3s", expect=4)
        self.assertEqual(self.states(), {"ready": 40})
        self.assertTrue(err)
