# SPDX-License-Identifier: MIT
"""Text from servers and files steers neither a terminal nor, with --excel, a spreadsheet."""
import csv
import json
import os
import pty
import re
import subprocess
import threading

from harness import LIMIT_SECONDS, Case, tally
from test_secrets import Server, reply

ATTACK = "\x1b]0;owned\x07\x1b[2J\x1b[8m\x7f\x9b31m\x90q\x9c\u202eevil\u2066x\u2069\x08\x0b"
# A file of which a hundredth is control characters is taken for no text.
PLAIN = "." * 1000
# Ours: ends of lines, the live line's way back and the erasing of its rest.
OURS = re.compile(r"\r\n|\n|\r(?=[0-9\x1b])|\x1b\[K|\t")
STEERS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def answer(handler):
    """Hostile in reason, headers and body, with each outcome among the answers."""
    number = int(handler.path.rsplit("/", 1)[1].split("%")[0].strip("?") or 0)
    body = json.dumps({"name" + ATTACK: ATTACK, "n": number}, ensure_ascii=False).encode()
    raw = ATTACK.encode() + b"\xff\x9b2J"
    status, body = [(200, body), (404, body), (400, raw), (200, raw), (429, raw)][number % 5]
    handler.wfile.write(b"HTTP/1.1 %d Bad \x1b[2J\x9b2J\r\nX-RateLimit-Limit: 1\x1b[2J\x9b\r\nContent-Type: text/\x1b[2Jhtml\r\n"
                        b"Content-Length: %d\r\n\r\n" % (status, len(body)))
    handler.wfile.write(body)


class OnATerminal(Case):
    def run_on_a_terminal(self, *arguments):
        """What a terminal is sent on stdout and stderr."""
        master, slave = pty.openpty()
        process = subprocess.Popen(self.command(*arguments), cwd=self.directory, env=self.environment(),
                                   stdin=subprocess.DEVNULL, stdout=slave, stderr=slave)
        os.close(slave)
        shown = []

        def read():
            try:
                while part := os.read(master, 65536):
                    shown.append(part)
            except OSError:
                pass  # the other end is closed

        reader = threading.Thread(target=read)
        reader.start()
        process.wait(LIMIT_SECONDS)
        reader.join(LIMIT_SECONDS)
        os.close(master)
        return b"".join(shown)

    def assert_harmless(self, shown, what):
        text = shown.decode() if isinstance(shown, bytes) else shown  # not UTF-8: an error
        found = STEERS.search(OURS.sub("", text))
        self.assertIsNone(found, f"{what}: {text!r}")

    def commands(self, server):
        source = ["--url", server.url, "--max-attempts", "1", "--timeout", "20s"]
        ids = self.directory / f"ids{ATTACK}.csv"
        rows = [f"id,c{ATTACK}", *(f"{n},v{ATTACK}{PLAIN}" for n in range(10)), f"{ATTACK}9,x", f"12,{ATTACK},too,many"]
        ids.write_bytes("\n".join(rows).encode() + b"\n13,\x9b2J\n")
        fetch = ["fetch", str(ids), "--encoding", "utf-8", "--id", "id", *source, "-o", self.path("o.csv"), "--max-time", "1s",
                 "--batch", f"b{ATTACK}", "--force", "-v", "--log-file", self.path("log.txt"), "--trust-answers"]
        yield fetch
        yield [*fetch, "--progress", "json"]
        yield ["import", str(ids), "--id", "id", "--id-pattern", "[0-9]{5}"]
        yield ["import", str(ids), "--id", f"no{ATTACK}"]
        yield ["import", self.path(f"none{ATTACK}")]
        yield ["try", "0", "1", "2", "3", "4", f"1{ATTACK}", *source[:2]]
        yield ["try", str(ids), "--id", "id", *source[:2], "--add", f"x{ATTACK}=/name"]
        yield ["list", "--limit", "0"]
        yield from (["show", str(n)] for n in range(4))
        yield ["show", f"{ATTACK}9"]
        yield ["show", f"no{ATTACK}"]
        yield ["status"]
        yield ["fields"]
        yield ["source", "show"]
        yield ["sql", f"SELECT *, 1 AS 'n{ATTACK}' FROM job_overview"]
        yield ["sql", f"SELECT {ATTACK}"]
        yield ["export", "-o", "-", "--force"]
        yield ["export", "-o", "-", "--batch", f"no{ATTACK}"]
        yield ["remove", "--batch", f"no{ATTACK}"]
        yield ["run", "--url", f"http://h/{ATTACK}"]
        yield [f"no{ATTACK}"]
        yield ["list", f"--no{ATTACK}"]
        yield ["verify"]

    def test_nothing_steers_a_terminal(self):
        server = Server(self, answer)
        seen = b""
        for command in self.commands(server):
            shown = self.run_on_a_terminal(*command)
            self.assertNotEqual(shown, b"")
            self.assert_harmless(shown, command)
            seen += shown
            tally("secrets", "escape sequences in IDs, names, bodies and headers, shown on a terminal")
        for arrived in (rb"\x1B]0;owned\x07", rb"v\x1B]0;owned", rb'"name\u001b]0;', b"rejected: line 13"):
            self.assertIn(arrived, seen)
        self.assert_harmless((self.directory / "log.txt").read_bytes(), "log")

    def test_nothing_for_people_steers_whoever_reads_the_pipe(self):
        server = Server(self, answer)
        data = ("sql", "source", "export")  # as it is, on a pipe
        for command in self.commands(server):
            out, err = self.run_dogged(*command, expect=None)
            self.assert_harmless(err, command)
            if command[0] not in data:
                self.assert_harmless(out, command)
            if command[0] in ("try", "list", "show", "status", "fields", "source", "sql", "verify") and "no" not in command[-1]:
                out, _ = self.run_dogged(*command, "--json", expect=None)
                self.assert_harmless(out, command)
                for line in out.splitlines():
                    json.loads(line)
            tally("secrets", "escape sequences in IDs, names, bodies and headers, written to a pipe")

    def test_data_stays_as_it_is(self):
        server = Server(self, lambda h: reply(h, 200, json.dumps({"a": ATTACK, "p": h.path}, ensure_ascii=False).encode()))
        ids = self.directory / "ids.csv"
        ids.write_text(f"id,c\n1,{ATTACK}\n2,{PLAIN}\n", encoding="utf-8", newline="")
        self.run_dogged("fetch", ids, "--id", "id", "--url", server.url, "-o", self.path("o.csv"), "--add", "a=/a")
        row = self.read_csv(self.path("o.csv"))[0]
        self.assertEqual((row["c"], row["a"]), (ATTACK, ATTACK))
        self.assertEqual(self.run_json("show", "1")["answer"]["body"]["a"], ATTACK)


class InASpreadsheet(Case):
    FORMULAS = ["=1+2", "+1+2", "-1+2", "@SUM(A1)", "\t=1+2", "=cmd|' /C calc'!A0", '=HYPERLINK("http://e")', "\uff1d1+2"]

    def test_no_cell_of_any_kind_begins_a_formula(self):
        server = Server(self, lambda h: reply(h, 200, json.dumps({"v": self.FORMULAS, "p": h.path}).encode()))
        ids = self.directory / "ids.csv"
        with open(ids, "w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["id", *(f"{formula}c" for formula in self.FORMULAS)])
            for formula in self.FORMULAS:
                rows.writerow([formula, *self.FORMULAS])
                rows.writerow([f"{formula} rejected", *self.FORMULAS])
                rows.writerow([f"{formula}2", *self.FORMULAS])
            rows.writerow([self.FORMULAS[0], *self.FORMULAS, "too", "many"])
        # An ID of tabs and spaces is cut at its ends, so that one of the keys is another's double.
        add = [x for i in range(len(self.FORMULAS)) for x in ("--add", f"{'+-@'[i % 3]}a{i}=/v/{i}")]
        self.run_dogged("fetch", ids, "--id", "id", "--url", server.url, "--id-pattern", ".*[^d]", "-o", self.path("o.csv"),
                        "--excel", "--trust-answers", "--batch", "=b", *add, expect=3)
        with open(self.path("o.csv"), encoding="utf-8-sig", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        self.assertGreater(len(cells), 20 * len(self.FORMULAS))
        guarded = 0
        for cell in cells:
            # The whole cell is a text to Excel: ="...", whose quotes are doubled.
            if re.fullmatch(r'="([^"]|"")*"', cell, re.DOTALL):
                guarded += 1
            else:
                self.assertNotRegex(cell, "^[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
        self.assertGreater(guarded, 10 * len(self.FORMULAS))
        tally("secrets", "formulas in cells, headers, keys and rejected rows with --excel", guarded)
