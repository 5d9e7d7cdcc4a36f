# SPDX-License-Identifier: MIT
"""The main job: a list of IDs in, a CSV out, from an API that refuses."""
import json
import pathlib

from harness import Case


class Fetch(Case):
    def test_every_row_is_answered_although_the_server_refuses_and_resets(self):
        server = self.standin("--at-once", 3, "--delay", 5, "--reset-share", "0.03",
                              "--error-share", "0.03", "--missing-share", "0.05")
        ids = self.write_ids(range(1, 1001))
        self.run_dogged("fetch", ids, "-o", self.path("out.csv"), "--url", server.url)
        rows = self.read_csv(self.path("out.csv"))
        self.assertEqual([r["id"] for r in rows], [str(i) for i in range(1, 1001)])
        states = {s: sum(r["state"] == s for r in rows) for s in ("done", "not_found")}
        self.assertEqual(sum(states.values()), 1000)
        self.assertGreater(states["not_found"], 10)
        for row in rows:
            if row["state"] == "done":
                self.assertEqual(row["http_status"], "200")
                self.assertTrue(row["name"], row)
                self.assertRegex(row["fetched_at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
            else:
                self.assertEqual(row["http_status"], "404")
        statuses = {status for _, status, _ in server.requests()}
        self.assertIn(503, statuses)
        self.verify()

    def test_the_same_command_again_asks_nothing_and_gives_the_same_bytes(self):
        server = self.standin()
        ids = self.write_ids(range(50))
        out = self.path("out.csv")
        self.run_dogged("fetch", ids, "-o", out, "--url", server.url)
        first = pathlib.Path(out).read_bytes()
        asked = len(server.requests())
        self.run_dogged("fetch", ids, "-o", out, "--url", server.url)
        self.assertEqual(pathlib.Path(out).read_bytes(), first)
        self.assertEqual(len(server.requests()), asked)

    def test_a_file_that_fetch_did_not_write_is_refused_before_anything_is_asked(self):
        server = self.standin()
        out = pathlib.Path(self.path("out.csv"))
        out.write_text("mine\n")
        _, err = self.run_dogged("fetch", self.write_ids([1, 2]), "-o", out, "--url", server.url, expect=2)
        self.assertIn("--force", err)
        self.assertEqual(out.read_text(), "mine\n")
        self.assertEqual(server.requests(), [])
        self.run_dogged("fetch", self.write_ids([1, 2]), "-o", out, "--url", server.url, "--force")
        self.assertEqual(len(self.read_csv(out)), 2)

    def test_a_file_changed_by_hand_since_is_refused_too(self):
        server = self.standin()
        out = pathlib.Path(self.path("out.csv"))
        ids = self.write_ids([1, 2])
        self.run_dogged("fetch", ids, "-o", out, "--url", server.url)
        out.write_text(out.read_text() + "my own note\n")
        self.run_dogged("fetch", ids, "-o", out, "--url", server.url, expect=2)
        self.assertIn("my own note", out.read_text())

    def test_rejected_rows_keep_their_place_and_end_with_3(self):
        server = self.standin()
        path = pathlib.Path(self.path("ids.csv"))
        path.write_text("id,n\n1,a\n1.23E+15,b\n2,c\n,d\n3,e\n")
        self.run_dogged("fetch", path, "-o", self.path("out.csv"), "--url", server.url, "--id", "id",
                        expect=3)
        rows = self.read_csv(self.path("out.csv"))
        self.assertEqual([r["n"] for r in rows], list("abcde"))
        self.assertEqual([r["state"] for r in rows], ["done", "rejected", "done", "rejected", "done"])
        self.assertTrue(rows[1]["error"])
        self.assertIn("1.23E+15", pathlib.Path(self.path("out.csv.rejects.csv")).read_text())

    def test_rejects_and_answers_of_a_fetch_that_did_not_end_well_are_overwritten(self):
        server = self.standin()
        path = pathlib.Path(self.path("ids.csv"))
        fetch = ["fetch", path, "-o", self.path("out.csv"), "--url", server.url, "--id", "id"]
        path.write_text("id\n1.0E+9\n2.0E+9\n3\n")
        self.run_dogged(*fetch, expect=2)
        self.assertIn("2.0E+9", pathlib.Path(self.path("out.csv.rejects.csv")).read_text())
        path.write_text("id\n1\n2.0E+9\n3\n")
        self.run_dogged(*fetch, expect=3)
        self.assertNotIn("1.0E+9", pathlib.Path(self.path("out.csv.rejects.csv")).read_text())
        self.run_dogged(*fetch, expect=3)

    def test_a_rejects_file_named_that_is_somebody_elses_is_left_alone(self):
        server = self.standin()
        mine = pathlib.Path(self.path("mine.csv"))
        mine.write_text("mine\n")
        self.run_dogged("fetch", self.write_ids([1, "2.0E+9", 3]), "-o", self.path("out.csv"), "--url",
                        server.url, "--rejects", mine, expect=2)
        self.assertEqual(mine.read_text(), "mine\n")
        self.assertEqual(server.requests(), [])

    def test_one_file_for_two_things_is_refused_whatever_force_says(self):
        server = self.standin()
        ids = self.write_ids([1, 2])
        before = pathlib.Path(ids).read_text()
        for options in (["-o", ids], ["-o", self.db], ["-o", self.path("o.csv"), "--rejects", ids]):
            _, err = self.run_dogged("fetch", ids, *options, "--url", server.url, "--force", expect=2)
            self.assertIn("one file", err)
        self.assertEqual(pathlib.Path(ids).read_text(), before)
        self.assertEqual(server.requests(), [])

    def test_a_url_without_a_place_for_the_id_is_refused(self):
        server = self.standin()
        _, err = self.run_dogged("fetch", self.write_ids([1, 2]), "-o", self.path("o.csv"), "--url",
                                 server.origin + "/companies/1", expect=2)
        self.assertIn("{id}", err)
        self.assertEqual(server.requests(), [])

    def test_a_wrong_url_can_be_put_right_while_nothing_is_answered(self):
        server = self.standin()
        ids = self.write_ids([1, 2])
        self.run_dogged("fetch", ids, "-o", self.path("o.csv"), "--url", "http://127.0.0.1:1/{id}",
                        "--max-time", "1s", expect=4)
        self.run_dogged("fetch", ids, "-o", self.path("o.csv"), "--url", server.url)
        self.assertEqual(self.states(), {"done": 2})
        self.run_dogged("fetch", ids, "-o", self.path("o.csv"), "--url", server.url + "?x=1", expect=2)

    def test_the_limit_leaves_work_for_later_with_4(self):
        server = self.standin()
        ids = self.write_ids(range(100))
        self.run_dogged("fetch", ids, "-o", self.path("out.csv"), "--url", server.url, "--limit", 10,
                        "-j", 1, expect=4)
        self.assertEqual(self.states().get("done"), 10)
        self.run_dogged("fetch", ids, "-o", self.path("out.csv"), "--url", server.url)
        self.assertEqual(self.states(), {"done": 100})

    def test_the_rate_is_a_hard_cap(self):
        server = self.standin()
        self.run_dogged("fetch", self.write_ids(range(60)), "-o", self.path("out.csv"), "--url",
                        server.url, "--rate", "20/s")
        times = sorted(t for t, _, _ in server.requests())
        # The server's log tells arrivals to the millisecond; the last of 21 within a second would be
        # one too many, with room for the way there.
        spans = [times[i + 21] - times[i] for i in range(len(times) - 21)]
        self.assertGreater(min(spans), 0.95)

    def test_a_refusing_server_that_names_a_wait_is_not_asked_before(self):
        server = self.standin("--rate", 20, "--burst", 5, "--retry-after", 1)
        self.run_dogged("fetch", self.write_ids(range(40)), "-o", self.path("out.csv"), "--url", server.url)
        self.assertEqual(self.states(), {"done": 40})
        # When the run had the first refusal by its own account: the server may have taken its time.
        ((refused,),) = self.query("SELECT min(started_at_ms + duration_ms) / 1000.0 FROM attempts"
                                   " WHERE outcome = 'refused'")
        self.assertIsNotNone(refused)
        early = [t for t, _, _ in server.requests() if refused + 0.15 < t < refused + 0.95]
        self.assertEqual(early, [])

    def test_progress_as_json_lines_says_where_the_run_stands(self):
        server = self.standin("--delay", 30)
        _, err = self.run_dogged("fetch", self.write_ids(range(200)), "-o", self.path("out.csv"), "--url",
                                 server.url, "-j", 4, "--progress", "json")
        lines = [json.loads(line) for line in err.splitlines() if line.startswith("{")]
        self.assertTrue(lines)
        self.assertIn("done", lines[-1])

    def test_a_gzipped_answer_is_stored_as_it_was_before(self):
        server = self.standin("--gzip")
        self.run_dogged("fetch", self.write_ids([1, 2, 3]), "-o", self.path("out.csv"), "--url", server.url)
        for (body,) in self.query("SELECT body FROM answers"):
            json.loads(body)

    def test_an_empty_list_is_done_at_once(self):
        server = self.standin()
        self.run_dogged("fetch", self.write_ids([]), "-o", self.path("out.csv"), "--url", server.url)
        self.assertEqual(self.read_csv(self.path("out.csv")), [])
        self.assertEqual(server.requests(), [])

    def test_try_asks_three_and_stores_nothing(self):
        server = self.standin()
        out, _ = self.run_dogged("try", self.write_ids(range(1, 30)), "--url", server.url)
        self.assertEqual(len(server.requests()), 3)
        self.assertFalse(self.db.exists())
        self.assertIn("/companies/1", out)
