# SPDX-License-Identifier: MIT
"""What import understands of a file, says of it, and refuses."""
import pathlib

from harness import Case


class Import(Case):
    def write(self, content, name="ids.csv"):
        path = pathlib.Path(self.path(name))
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def last_line(self, *arguments, expect=0):
        out, err = self.run_dogged("import", *arguments, expect=expect)
        return (out.strip() or err.strip()).splitlines()[-1]

    def test_a_list_without_ids_is_warned_of(self):
        for name, header in (("only-header.csv", "id"), ("empty.csv", "")):
            _, err = self.run_dogged("import", self.write_ids([], name, header), "--url", "http://h/{id}")
            self.assertIn("holds no IDs", err)

    def test_the_last_line_accounts_for_every_row(self):
        path = self.write("id,name\n1,a\n2,b\n1,c\n1.5E+9,d\n")
        self.assertTrue(self.last_line(path, "--id", "id", expect=3).endswith(
            "ids.csv: 4 rows = 2 new + 1 duplicate + 1 rejected"))

    def test_the_same_import_again_adds_nothing(self):
        path = self.write("id\n1\n2\n3\n")
        self.last_line(path)
        self.assertTrue(self.last_line(path).endswith("3 rows = 0 new + 3 duplicate + 0 rejected"))
        self.assertEqual(self.query("SELECT count(*) FROM batches"), [(1,)])

    def test_a_name_with_other_content_makes_another_batch(self):
        self.last_line(self.write("id\n1\n2\n"))
        self.last_line(self.write("id\n2\n3\n"))
        self.assertEqual(self.query("SELECT name FROM batches ORDER BY id"), [("ids.csv",), ("ids.csv#2",)])

    def test_encodings_and_delimiters_of_real_files(self):
        text = "tunnus;nimi\r\n1;Äiti\r\n2;Öljy\r\n;\r\n;\r\n"
        for name, data in {
            "utf8": text.encode(), "bom": b"\xef\xbb\xbf" + text.encode(),
            "utf16le": b"\xff\xfe" + text.encode("utf-16-le"), "utf16be": b"\xfe\xff" + text.encode("utf-16-be"),
            "cp1252": text.encode("cp1252"),
        }.items():
            with self.subTest(name):
                line = self.last_line(self.write(data, name + ".csv"), "--id", "tunnus")
                self.assertIn("2 rows", line)
                (columns,) = self.query(
                    "SELECT columns FROM inputs JOIN batches ON batch_id = id WHERE name = ? AND row = 1", name + ".csv")[0]
                self.assertIn("Äiti", columns)

    def test_over_half_rejected_is_nothing_imported(self):
        path = self.write("id\n1.0E+9\n2.0E+9\n3\n")
        self.run_dogged("import", path, "--id", "id", expect=2)
        if self.db.exists():
            self.assertEqual(self.query("SELECT count(*) FROM jobs"), [(0,)])

    def test_a_rejects_file_that_is_somebody_elses_is_left_alone(self):
        path = self.write("id\n1\n2\n3.0E+9\n")
        rejects = pathlib.Path(self.path("rejects.csv"))
        rejects.write_text("mine\n")
        _, err = self.run_dogged("import", path, "--rejects", rejects, expect=2)
        self.assertIn("--rejects", err)
        self.assertIn("--force", err)
        self.assertEqual(rejects.read_text(), "mine\n")
        self.assertFalse(self.db.exists())
        self.run_dogged("import", path, "--rejects", rejects, "--force", expect=3)
        self.assertIn("3.0E+9", rejects.read_text())
        # Now it is ours, until somebody writes into it.
        self.run_dogged("import", path, "--rejects", rejects, expect=3)
        rejects.write_text(rejects.read_text() + "my note\n")
        self.run_dogged("import", path, "--rejects", rejects, expect=2)
        self.assertIn("my note", rejects.read_text())

    def test_the_rejects_of_a_refused_import_are_ours_too(self):
        rejects = pathlib.Path(self.path("rejects.csv"))
        path = self.write("id\n1.0E+9\n2.0E+9\n3\n")
        for _ in range(2):
            _, err = self.run_dogged("import", path, "--id", "id", "--rejects", rejects, expect=2)
            self.assertIn("nothing was imported", err)
            self.assertIn("2.0E+9", rejects.read_text())

    def test_a_known_file_says_what_is_asked_again(self):
        server = self.standin()
        path = self.write("id\n1\n2\n3\n")
        self.run_dogged("import", path, "--url", server.url)
        self.run_dogged("run")
        _, err = self.run_dogged("import", path, "--max-age", "1h")
        self.assertIn("nothing was changed", err)
        _, err = self.run_dogged("import", path, "--max-age", "0s")
        self.assertNotIn("nothing was changed", err)
        self.assertIn("3 of its IDs are asked again", err)
        self.assertEqual(self.states(), {"ready": 3})

    def test_a_spreadsheet_is_recognised_with_advice(self):
        _, err = self.run_dogged("import", self.write(b"PK\x03\x04" + b"\0" * 200, "ids.xlsx"), expect=2)
        self.assertIn("CSV", err)

    def test_a_missing_file_and_a_missing_column_are_usage_errors_that_help(self):
        _, err = self.run_dogged("import", self.path("none.csv"), expect=2)
        self.assertIn("none.csv", err)
        _, err = self.run_dogged("import", self.write("a,b\n1,2\n"), expect=2)
        self.assertIn("a", err)
        self.assertIn("--id", err)

    def test_a_key_of_two_columns(self):
        server = self.standin()
        path = self.write("kind,id\nx,1\ny,1\nx,1\n")
        self.run_dogged("import", path, "--key", "{kind}/{id}", "--url", server.origin + "/{kind}/{id}")
        self.assertEqual(self.query("SELECT key FROM jobs ORDER BY id"), [("x/1",), ("y/1",)])

    def test_one_key_with_two_values_for_the_url_is_a_reject(self):
        path = self.write("id,region\n1,north\n2,south\n1,south\n")
        line = self.last_line(path, "--id", "id", "--url", "http://127.0.0.1:1/{region}/{id}",
                              expect=3)
        self.assertTrue(line.endswith("3 rows = 2 new + 0 duplicate + 1 rejected"), line)

    def test_replace_makes_this_list_the_set(self):
        self.last_line(self.write("id\n1\n2\n3\n"))
        self.run_dogged("import", self.write("id\n2\n4\n", "new.csv"), "--replace", "ids.csv")
        self.assertEqual(sorted(self.query("SELECT key FROM jobs")), [("2",), ("4",)])
        self.verify()

    def test_stdin_and_json_lines(self):
        path = self.write('{"id": 12345678901234567890, "n": "a"}\n{"id": 2, "n": "b"}\n', "ids.jsonl")
        self.run_dogged("import", path)
        self.assertEqual(self.query("SELECT key FROM jobs ORDER BY id"), [("12345678901234567890",), ("2",)])

    def test_rejects_found_only_in_the_store_are_shown_and_written_too(self):
        path = self.write("id,region\n1,north\n2,south\n1,south\n")
        _, err = self.run_dogged("import", path, "--id", "id", "--url", "http://127.0.0.1:1/{region}/{id}",
                                 "--rejects", self.path("rejects.csv"), expect=3)
        self.assertIn("line 4", err)
        (row,) = self.read_csv(self.path("rejects.csv"))
        self.assertEqual(row["line"], "4")
        self.assertTrue(row["reason"])
