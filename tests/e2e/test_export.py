# SPDX-License-Identifier: MIT
"""What export writes, where, and what it refuses."""
import json
import os
import pathlib
import subprocess

from harness import Case


class Export(Case):
    def setUp(self):
        super().setUp()
        server = self.standin("--missing-share", "0.2")
        path = pathlib.Path(self.path("ids.csv"))
        path.write_text('id,note,state\n3,"with, comma",x\n1,"with ""quotes""",y\n2,"two\nlines",z\n3,again,w\n')
        self.run_dogged("fetch", path, "-o", self.path("fetched.csv"), "--url", server.url)

    def test_input_columns_come_first_and_taken_names_are_renamed(self):
        rows = self.read_csv(self.path("fetched.csv"))
        header = list(rows[0])
        self.assertEqual(header[:3], ["id", "note", "state"])
        self.assertEqual(header[3:9], ["key", "dogged_state", "http_status", "fetched_at", "error", "mended"])
        self.assertEqual([r["id"] for r in rows], ["3", "1", "2", "3"])
        self.assertEqual(rows[2]["note"], "two\nlines")
        self.assertEqual(rows[1]["note"], 'with "quotes"')

    def test_added_columns_by_pointer_and_filter(self):
        out, _ = self.run_dogged("export", "-o", "-", "--add", "n=/name", "--add", "len=.name|length",
                                 "--add", "whole=")
        self.assertIn("n,len,whole", out.splitlines()[0])

    def test_json_lines_have_the_same_names(self):
        out, _ = self.run_dogged("export", "-o", "-", "--format", "jsonl", "--add", "n=/name")
        rows = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(len(rows), 4)
        self.assertIn("dogged_state", rows[0])

    def test_some_rows_only(self):
        out, _ = self.run_dogged("export", "-o", "-", "--rows", "failed")
        self.assertEqual(len(out.splitlines()), 1)

    def test_an_existing_file_is_not_overwritten_without_force(self):
        target = pathlib.Path(self.path("mine.csv"))
        target.write_text("mine")
        self.run_dogged("export", "-o", target, expect=2)
        self.assertEqual(target.read_text(), "mine")
        self.run_dogged("export", "-o", target, "--force")
        self.assertEqual(len(self.read_csv(target)), 4)

    def test_what_dogged_wrote_is_replaced_unasked_until_somebody_changes_it(self):
        for wrote in ("fetched.csv", "exported.csv"):
            target = pathlib.Path(self.path(wrote))
            self.run_dogged("export", "-o", target)
            before = target.read_bytes()
            self.run_dogged("export", "-o", target, "--add", "n=/name")
            self.assertNotEqual(target.read_bytes(), before)
            changed = target.read_bytes() + b"mine\n"
            target.write_bytes(changed)
            _, err = self.run_dogged("export", "-o", target, expect=2)
            self.assertRegex(err, "changed since dogged wrote it; --force")
            self.assertEqual(target.read_bytes(), changed)

    def test_a_reader_of_stdout_that_goes_away_is_no_error(self):
        """`dogged list | head`: not a word, and the status of a program that SIGPIPE ended."""
        for command in (("export", "-o", "-"), ("list",), ("sql", "SELECT * FROM jobs")):
            read, write = os.pipe()
            os.close(read)
            try:
                done = subprocess.run(self.command(*command), stdout=write, stderr=subprocess.PIPE,
                                      env=self.environment(), cwd=self.directory, check=False)
            finally:
                os.close(write)
            self.assertEqual((done.returncode, done.stderr), (141, b""), command)

    def test_two_added_columns_of_one_name_and_a_broken_filter_are_usage_errors(self):
        self.run_dogged("export", "-o", "-", "--add", "a=/x", "--add", "a=/y", expect=2)
        _, err = self.run_dogged("export", "-o", "-", "--add", "a=.[", expect=2)
        self.assertIn("a", err)

    def test_excel_has_bom_crlf_and_safe_cells(self):
        self.run_dogged("export", "-o", self.path("x.csv"), "--excel")
        data = pathlib.Path(self.path("x.csv")).read_bytes()
        self.assertTrue(data.startswith(b"\xef\xbb\xbf"))
        self.assertIn(b"\r\n", data)
