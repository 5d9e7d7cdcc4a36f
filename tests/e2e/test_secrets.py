# SPDX-License-Identifier: MIT
"""A secret given by reference stands nowhere but in the request."""
import os
import pathlib

from harness import Case

SECRET = "canary-4f1b9c77d2"


class Secrets(Case):
    def test_no_trace_of_a_secret_is_left(self):
        server = self.standin("--error-share", "0.2")
        (self.directory / "token").write_text(SECRET + "\n")
        os.environ["DOGGED_TEST_TOKEN"] = SECRET
        self.addCleanup(os.environ.pop, "DOGGED_TEST_TOKEN")
        ids = self.write_ids(range(40))
        texts = []
        for reference in ("env:DOGGED_TEST_TOKEN", f"file:{self.directory}/token", f"cmd:cat {self.directory}/token"):
            texts += self.run_dogged("try", ids, "--url", server.url, "-H", f"Authorization: Bearer {reference}")
        texts += self.run_dogged("fetch", ids, "-o", self.path("out.csv"), "--url", server.url, "-v",
                                 "--log-file", self.path("log.txt"),
                                 "-H", "Authorization: Bearer env:DOGGED_TEST_TOKEN", "-H", "X-Api-Key: env:DOGGED_TEST_TOKEN")
        texts += self.run_dogged("source", "show")
        texts += self.run_dogged("status", "--json")
        (self.directory / "token").unlink()
        self.assertNotIn(SECRET, "".join(texts))
        for path in self.directory.rglob("*"):
            if path.is_file():
                self.assertNotIn(SECRET.encode(), path.read_bytes(), path)

    def test_a_literal_secret_is_warned_of_and_not_stored(self):
        server = self.standin()
        _, err = self.run_dogged("import", self.write_ids([1]), "--url", server.url, "-H",
                                 f"Authorization: Bearer {SECRET}")
        self.assertIn("warning", err)
        for path in self.directory.glob("dogged.db*"):
            self.assertNotIn(SECRET.encode(), pathlib.Path(path).read_bytes())

    def test_a_reference_that_leads_nowhere_is_named_before_anything_is_asked(self):
        server = self.standin()
        _, err = self.run_dogged("fetch", self.write_ids([1]), "-o", self.path("o.csv"), "--url", server.url,
                                 "-H", "Authorization: Bearer env:NOT_SET_ANYWHERE", expect=2)
        self.assertIn("NOT_SET_ANYWHERE", err)
        self.assertEqual(server.requests(), [])
