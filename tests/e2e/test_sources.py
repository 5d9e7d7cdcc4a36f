# SPDX-License-Identifier: MIT
"""The built-in sources against the stand-in's PRH paths, and a source file of one's own."""
import pathlib

from harness import Case


def business_id(number):
    """The business ID with these seven digits, or None where the check digit is impossible."""
    digits = f"{number:07d}"
    remainder = sum(int(d) * w for d, w in zip(digits, (7, 9, 10, 5, 8, 4, 2))) % 11
    return None if remainder == 1 else f"{digits}-{(11 - remainder) % 11}"


IDS = [i for i in map(business_id, range(2_000_000, 2_000_120)) if i]


class Sources(Case):
    def fetch(self, source, url, *options):
        server = self.standin("--missing-share", "0.1")
        self.run_dogged("fetch", self.write_ids(IDS, header="business_id"), "-o", self.path("out.csv"),
                        "--source", source, "--url", server.origin + url, "--rate", "1000/s", *options)
        rows = self.read_csv(self.path("out.csv"))
        self.assertEqual([r["business_id"] for r in rows], IDS)
        states = {r["state"] for r in rows}
        self.assertEqual(states, {"done", "not_found"})
        for row in rows:
            self.assertEqual(bool(row["name"]), row["state"] == "done", row)
        return rows

    def test_prh_gives_every_company_its_name_and_knows_who_is_not_there(self):
        self.fetch("prh", "/opendata-ytj-api/v3/companies?businessId={id}")

    def test_prh_v1_too(self):
        self.fetch("prh-v1", "/bis/v1/{id}")

    def test_the_texts_come_in_the_language_asked_for(self):
        finnish = self.fetch("prh", "/opendata-ytj-api/v3/companies?businessId={id}")
        self.db.unlink()
        english = self.fetch("prh", "/opendata-ytj-api/v3/companies?businessId={id}", "--lang", "en", "--force")
        columns = [c for c in finnish[0] if c not in ("fetched_at",)]
        differ = {c for f, e in zip(finnish, english) for c in columns if f[c] != e[c]}
        self.assertTrue(differ)
        self.assertNotIn("name", differ)

    def test_mended_ids_are_marked_and_wrong_ones_rejected(self):
        server = self.standin()
        path = pathlib.Path(self.path("ids.csv"))
        path.write_text("business_id\n0112038-9\n01120389\n112038-9\n1234567-8\n")
        self.run_dogged("fetch", path, "-o", self.path("out.csv"), "--source", "prh", "--url",
                        server.origin + "/opendata-ytj-api/v3/companies?businessId={id}", "--rate", "100/s",
                        expect=3)
        rows = self.read_csv(self.path("out.csv"))
        self.assertEqual([r["key"] for r in rows], ["0112038-9"] * 3 + [""])
        self.assertEqual(rows[0]["mended"], "")
        self.assertTrue(rows[1]["mended"] and rows[2]["mended"])
        self.assertEqual(rows[3]["state"], "rejected")

    def test_a_source_file_brings_rules_and_columns(self):
        server = self.standin()
        source = pathlib.Path(self.path("mine.toml"))
        source.write_text(f'''
name = "mine"
[request]
url = "{server.origin}/companies/{{id}}"
[[answer]]
when = {{ pointer = "/name", exists = true }}
then = "done"
[columns]
company = "/name"
upper = '.name | ascii_upcase'
''')
        self.run_dogged("fetch", self.write_ids([1, 2, 3]), "-o", self.path("out.csv"), "--source", source)
        for row in self.read_csv(self.path("out.csv")):
            self.assertTrue(row["company"])
            self.assertTrue(row["upper"])

    def test_a_mistake_in_a_source_file_is_named_with_its_line(self):
        source = pathlib.Path(self.path("mine.toml"))
        source.write_text('name = "mine"\n[request]\nurl = "http://127.0.0.1/{id}"\ntimeot = "3s"\n')
        _, err = self.run_dogged("fetch", self.write_ids([1]), "-o", self.path("o.csv"), "--source", source, expect=2)
        self.assertIn("timeot", err)
        self.assertIn("timeout", err)
        self.assertIn("4", err)
