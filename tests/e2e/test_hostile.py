# SPDX-License-Identifier: MIT
"""Servers that lie: for each lie of tests/hostile the outcome that the store records, in time and within
bounds, and the jobs beside it are answered with what is theirs. TLS and names are in test_hostile_tls."""
import os
import pathlib
import random
import socket
import sqlite3
import sys
import time
import unittest

from harness import LONG, SANITIZED, Case, rounds, tally

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "hostile"))
import lies  # noqa: E402
import server as hostile  # noqa: E402

TIMEOUT = 6 if SANITIZED else 2  # seconds: --timeout; good answers take milliseconds
SLACK = 10                       # of a slow machine
AT_ONCE = 3 if SANITIZED else 8  # lies of which a program each at -j 1 and -j 8 runs side by side
MOST_TEXT = 1000                 # characters of an error or a header that are stored
SLOW = [name for name, lie in lies.LIES.items() if lie.slow]
FAST = [name for name, lie in lies.LIES.items() if not lie.slow]
# Of a run with 8 requests in flight: twice a body and its buffers each, beside what any run takes.
LIMIT_KB = (64 + 8 * 4) * 1024
LONG_SECONDS = 180
CANARY = "canary-77c1e0b5"


def table(lies_told):
    return {name: lie.tell for name, lie in lies_told.items()}


class Hostile(Case):
    def serve(self, *lies_told, **options):
        known = {name: tell for told in lies_told or (lies.LIES,) for name, tell in table(told).items()}
        server = hostile.Server(known, **options)
        self.addCleanup(server.close)
        return server

    def begin(self, url, keys, *options, name="run", measured=False):
        """Starts fetching `keys` into a store of its own; (process, store)."""
        db = self.directory / f"{name}.db"
        ids = self.write_ids(keys, name=f"{name}.csv")
        self.db = db
        process = self.start("fetch", ids, "-o", self.path(f"{name}.out.csv"), "--url", url + "/{id}",
                             "--timeout", f"{TIMEOUT}s", "--max-body", lies.MAX_BODY, *options,
                             measured=measured)
        return process, db

    def start(self, *arguments, measured=False, **options):
        self.measured = measured
        return super().start(*arguments, **options)

    def command(self, *arguments):
        peak = [sys.executable, str(HERE / "peak_memory.py")] if getattr(self, "measured", False) else []
        return peak + super().command(*arguments)

    def end(self, process, expect=(0, 3)):
        """(stdout, stderr)"""
        status, out, err = self.finish(process, timeout=300)
        self.assertIn(status, expect, f"--- stdout\n{out[-3000:]}\n--- stderr\n{err[-3000:]}")
        return out, err

    def check(self, db, keys, mixed=False):
        """Every job of the store is as the table of lies says. `mixed`: one lie may meet what another left
        on its connection, and be asked for anew: what is told once is over then."""
        jobs, attempts = rows_of(db)
        self.assertEqual(set(jobs), set(keys))
        for key, job in jobs.items():
            name = key.rsplit("-", 1)[0]
            with self.subTest(key=key):
                if name == "good":
                    self.check_good(job, attempts.get(key, []))
                elif mixed and lies.LIES[name].outcome == "refused" and key not in attempts:
                    self.check_good(job, [])
                else:
                    self.check_lie(lies.LIES[name], job, attempts.get(key, []))

    def check_good(self, job, attempts):
        self.assertEqual((job["state"], job["attempts"], job["error"], attempts), ("done", 1, None, []))
        self.assertEqual(job["body"], hostile.good_body(job["key"]).decode())

    def check_lie(self, lie, job, attempts):
        state = {"retry": "failed", "refused": "done"}.get(lie.outcome, lie.outcome)
        self.assertEqual((job["state"], job["attempts"]), (state, 1), job)
        if state == "done":
            self.assertIn(f'"{job["key"]}"', job["body"])
            for header in ("content_type", "etag", "last_modified"):
                self.check_text(job[header] or "")
        if lie.outcome in ("done", "not_found"):
            self.assertEqual((attempts, job["error"]), ([], None))
            self.assertEqual(job["http_status"], lie.status or 200)
            return
        self.assertEqual([a["outcome"] for a in attempts], [lie.outcome], attempts)
        (attempt,) = attempts
        self.assertEqual(attempt["http_status"] or 0, lie.status, attempt)
        self.assertIn(lie.says, attempt["error"])
        self.check_text(attempt["error"])
        self.check_text(job["error"] or "")
        self.assertLess(attempt["duration_ms"], (TIMEOUT + SLACK) * 1000)

    def check_text(self, text):
        self.assertLessEqual(len(text), MOST_TEXT)
        self.assertTrue(text.isprintable(), text)


def rows_of(db):
    """(key -> job with its answer, key -> attempts)"""
    with sqlite3.connect(f"file:{db}?mode=ro", uri=True) as store:
        store.row_factory = sqlite3.Row
        store.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
        jobs = {row["key"]: dict(row) for row in store.execute(
            "SELECT j.*, a.body, a.content_type, a.etag, a.last_modified FROM jobs j"
            " LEFT JOIN answers a ON a.job_id = j.id")}
        attempts = {}
        for row in store.execute("SELECT j.key, t.* FROM attempts t JOIN jobs j ON j.id = t.job_id"
                                 " ORDER BY t.job_id, t.epoch, t.started_at_ms"):
            attempts.setdefault(row["key"], []).append(dict(row))
    return jobs, attempts


class EachLie(Hostile):
    def test_each_lie_between_decent_answers_over_one_connection(self):
        server = self.serve()
        options = ("-j", 1, "--max-attempts", 1)
        keys = [key for n, name in enumerate(FAST) for key in (f"{name}-{n}", f"good-{n}")]
        runs = [(keys, *self.begin(server.origin, keys, *options, name="fast"))]
        for n, name in enumerate(SLOW):
            keys = [f"{name}-{n}", f"good-{n}", f"{name}-{n + 100}", f"good-{n + 100}"]
            runs.append((keys, *self.begin(server.origin, keys, *options, name=name)))
        for keys, process, db in runs:
            self.end(process)
            self.check(db, keys)
        for name, lie in lies.LIES.items():
            tally("server", lie.what, 1 if name in FAST else 2)

    def test_all_lies_at_once_beside_hundreds_of_decent_answers(self):
        server = self.serve()
        rng = random.Random(4)
        keys = [f"{name}-{n}" for n, name in enumerate(FAST * 2 + SLOW)]
        keys += [f"good-{n}" for n in range(400)]
        rng.shuffle(keys)
        process, db = self.begin(server.origin, keys, "-j", 8, "--max-attempts", 1, measured=True)
        out, _ = self.end(process)
        self.check(db, keys, mixed=True)
        if not SANITIZED:
            self.assertLess(int(out), LIMIT_KB)
        tally("server", "all lies at once, beside hundreds of decent answers")

    @unittest.skipUnless(LONG, "minutes long: scripts/torture runs it")
    def test_lies_in_random_order_for_minutes(self):
        seed = int(os.environ.get("SEED", random.randrange(1 << 30)))
        deadline = time.monotonic() + LONG_SECONDS
        rounds_made = 0
        while time.monotonic() < deadline:
            print(f"seed {seed + rounds_made}", flush=True)
            server = self.serve()
            keys = hostile.random_sequence(list(lies.LIES), 1000, seed + rounds_made)
            process, db = self.begin(server.origin, keys, "-j", 16, "--max-attempts", 1,
                                     name=f"round{rounds_made}")
            self.end(process)
            self.check(db, keys, mixed=True)
            server.close()
            rounds_made += 1
        tally("server", "1,000 lies and decent answers in random order", rounds_made)


class Table(unittest.TestCase):
    def test_the_readme_tells_every_lie(self):
        text = (HERE.parent / "README.md").read_text(encoding="utf-8")
        for lie in (*lies.LIES.values(), *lies.CONNECTION_LIES.values()):
            self.assertIn(f"| {lie.what} | {lie.outcome} | {lie.status or ''} |", text)


class Connections(Hostile):
    def test_lies_before_the_request_cost_the_attempt_and_no_job(self):
        runs = []
        for name, lie in lies.CONNECTION_LIES.items():
            server = self.serve(first=[lie.tell] * 2)
            keys = [f"good-{n}" for n in range(4)]
            runs.append((name, *self.begin(server.origin, keys, "-j", 1, "--max-attempts", 3, name=name)))
        for name, process, db in runs:
            self.end(process, expect=(0,))
            jobs, attempts = rows_of(db)
            lie = lies.CONNECTION_LIES[name]
            made = [a for of_job in attempts.values() for a in of_job]
            with self.subTest(name=name):
                self.assertEqual(len(made), 2, made)
                for attempt in made:
                    self.assertIn(attempt["outcome"], ("retry", "refused"))  # refused: by an outage
                    self.assertIn(lie.says, attempt["error"])
                    self.assertLess(attempt["duration_ms"], (TIMEOUT + SLACK) * 1000)
                for job in jobs.values():
                    self.assertEqual((job["state"], job["body"]),
                                     ("done", hostile.good_body(job["key"]).decode()))
                tally("server", lie.what, 2)

    def test_a_refused_connection_is_trouble_and_the_server_may_come_back(self):
        # Bound, so that nobody else gets it, but nobody listens there.
        held = socket.socket()
        self.addCleanup(held.close)
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        keys = [f"good-{n}" for n in range(4)]
        process, db = self.begin(f"http://127.0.0.1:{port}", keys)
        self.wait_until(lambda: db.exists() and has_attempts(db), "an attempt")
        _, attempts = rows_of(db)
        for attempt in (a for of_job in attempts.values() for a in of_job):
            self.assertIn("Connection refused", attempt["error"])
        self.serve(port=port)
        self.end(process, expect=(0,))
        jobs, _ = rows_of(db)
        self.assertEqual({key: (job["state"], job["body"]) for key, job in jobs.items()},
                         {key: ("done", hostile.good_body(key).decode()) for key in keys})
        tally("server", "connection refused")


def has_attempts(db):
    try:
        return bool(rows_of(db)[1])
    except sqlite3.OperationalError:
        return False


class Unasked(Hostile):
    def test_an_answer_that_nobody_asked_for_lands_on_no_job(self):
        names = list(lies.UNASKED) * rounds(1, 10)
        # A job's own answer must not be held up for seconds by too many programs at once.
        for first in range(0, len(names), AT_ONCE):
            self.check_unasked(names[first:first + AT_ONCE], first)

    def check_unasked(self, names, first):
        runs = []
        for nth, name in enumerate(names, first):
            server = self.serve(lies.UNASKED)
            for at_once in (1, 8):
                keys = [f"good-{n:04}" for n in range(200)]
                for at, n in enumerate((3, 40, 41, 120)):
                    keys.insert(n, f"{name}-{at:04}")
                runs.append((name, keys, *self.begin(server.origin, keys, "-j", at_once,
                                                     name=f"{name}.{nth}.{at_once}")))
        for name, keys, process, db in runs:
            self.end(process, expect=(0,))
            jobs, attempts = rows_of(db)
            self.assertEqual(set(jobs), set(keys))
            self.assertEqual(attempts, {})
            for key, job in jobs.items():
                with self.subTest(db=db.stem, key=key):
                    self.assertEqual((job["state"], job["attempts"]), ("done", 1))
                    self.assertIn(f'"{key}"', job["body"])
            tally("server", lies.UNASKED[name].what, 4)


    def test_thirty_late_answers_in_one_run_land_on_no_job(self):
        """More than the looks that may be in vain: what they catch does not use them up."""
        def calm(peer):
            peer.wait(0.03)
            peer.good()
        runs = []
        for of_another in (False, True):
            late = lies.unasked(False, 0.01, of_another, True)
            server = hostile.Server({"calm": calm, "late": late})
            self.addCleanup(server.close)
            for at_once in (1, 8):
                keys = [f"{'late' if n % 6 == 5 else 'calm'}-{n:04}" for n in range(200)]
                runs.append((keys, *self.begin(server.origin, keys, "-j", at_once,
                                               name=f"thirty.{of_another}.{at_once}")))
        for keys, process, db in runs:
            self.end(process, expect=(0,))
            jobs, attempts = rows_of(db)
            self.assertEqual((set(jobs), attempts), (set(keys), {}))
            for key, job in jobs.items():
                with self.subTest(db=db.stem, key=key):
                    self.assertEqual((job["state"], job["attempts"]), ("done", 1))
                    self.assertIn(f'"{key}"', job["body"])
        tally("server", "a second answer, unasked, to each sixth of 200 jobs", len(runs))


class Guards(Hostile):
    """What concerns all jobs stops the run; what one job does never does."""

    def check_stop(self, name, *words):
        server = self.serve()
        keys = [f"{name}-{n}" for n in range(200)]
        process, db = self.begin(server.origin, keys, "-j", 4, name=name)
        _, err = self.end(process, expect=(5,))
        jobs, _ = rows_of(db)
        self.assertEqual({(job["state"], job["attempts"]) for job in jobs.values()}, {("ready", 0)})
        self.assertLess(len(server.requests), 60)
        for word in words:
            self.assertIn(word, err)
        tally("server", f"every answer a lie: {lies.LIES[name].what}")

    def test_a_server_of_another_protocol_stops_the_run(self):
        self.check_stop("ssh_banner", "not HTTP/1", "check the URL")

    def test_bodies_that_are_all_too_large_stop_the_run(self):
        self.check_stop("length_huge", "--max-body")

    def test_html_stops_the_run(self):
        self.check_stop("html_with_200", "JSON")

    def test_a_moment_of_garbage_is_retried(self):
        """In the middle of a run, for more requests in flight than decide a row."""
        def once(peer):
            if peer.server.asked(peer.key) > 1:
                peer.good()
            else:
                lies.coded(peer, "gzip", b"garbage of a proxy")
        server = hostile.Server({"once": once})
        self.addCleanup(server.close)
        keys = [f"good-{n}" for n in range(40)] + [f"once-{n}" for n in range(40)] \
            + [f"good-{n}" for n in range(40, 80)]
        process, db = self.begin(server.origin, keys, "-j", 1)
        self.end(process, expect=(0,))
        jobs, attempts = rows_of(db)
        self.assertEqual({job["state"] for job in jobs.values()}, {"done"})
        self.assertEqual({job["body"] for job in jobs.values()},
                         {hostile.good_body(key).decode() for key in keys})
        self.assertEqual(sum(len(made) for made in attempts.values()), 40)
        tally("server", "garbage to forty requests in a row, in the middle of a run", 40)

    def test_lies_of_one_job_never_stop_a_run(self):
        server = self.serve()
        runs = []
        for n, name in enumerate(("ssh_banner", "length_huge", "html_with_200", "headers_endless", "gzip_bomb")):
            keys = [f"good-{i}" for i in range(30)]
            keys[15:15] = [f"{name}-{i}" for i in range(5)]
            runs.append((keys, *self.begin(server.origin, keys, "-j", 1, "--max-attempts", 1, name=f"one{n}")))
        for keys, process, db in runs:
            self.end(process, expect=(3,))
            self.check(db, keys)

    def test_a_huge_retry_after_parks_the_jobs_and_loses_none(self):
        for n, wait in enumerate(("99999999", "Fri, 31 Dec 9999 23:59:59 GMT", "9" * 400)):
            with self.subTest(wait=wait):
                def busy(peer, wait=wait):
                    if peer.server.asked(peer.key) > 1:
                        peer.good()
                    else:
                        peer.send(hostile.whole(b"", "Retry-After: " + wait, status="503 Busy"))
                server = hostile.Server({"busy": busy})
                self.addCleanup(server.close)
                keys = [f"good-{i}" for i in range(5)] + ["busy-1"] + [f"good-{i}" for i in range(5, 10)]
                process, db = self.begin(server.origin, keys, "-j", 1, "--max-wait", "1s", name=f"wait{n}")
                self.end(process, expect=(4,))
                jobs, attempts = rows_of(db)
                self.assertEqual((jobs["busy-1"]["state"], jobs["busy-1"]["attempts"]), ("ready", 0))
                self.assertEqual([a["outcome"] for a in attempts["busy-1"]], ["refused"])
                self.assertNotIn("failed", {job["state"] for job in jobs.values()})
                self.db = db
                self.run_dogged("run", "--now")
                jobs, _ = rows_of(db)
                self.assertEqual({job["state"] for job in jobs.values()}, {"done"})
                tally("server", "a Retry-After of years")


class Credentials(Hostile):
    def test_no_credential_follows_a_redirect_to_another_origin(self):
        other = self.serve()

        def away(peer):
            peer.send(hostile.whole(b"", f"Location: {other.origin}/{peer.key.replace('away', 'good')}",
                                    status="302 Found"))
        server = hostile.Server({"away": away})
        self.addCleanup(server.close)
        os.environ["DOGGED_TEST_CANARY"] = CANARY
        self.addCleanup(os.environ.pop, "DOGGED_TEST_CANARY")
        secrets = ("-H", "Authorization: Bearer env:DOGGED_TEST_CANARY", "-H", "X-Key: env:DOGGED_TEST_CANARY",
                   "-H", "Cookie: s=env:DOGGED_TEST_CANARY")
        for n, (options, state) in enumerate(((("--redirect-other-origin",), "done"), ((), "failed"))):
            process, db = self.begin(server.origin, ["away-1", "away-2"], "--max-attempts", 1, *secrets, *options,
                                     name=f"away{n}")
            out, err = self.end(process)
            jobs, _ = rows_of(db)
            self.assertEqual({job["state"] for job in jobs.values()}, {state})
            self.assertNotIn(CANARY, out + err)
        self.assertEqual(len(server.requests), 4)
        self.assertTrue(all(CANARY in text for _, text in server.requests))
        self.assertEqual(len(other.requests), 2)
        self.assertFalse([text for _, text in other.requests if CANARY in text])
        for path in self.directory.iterdir():
            self.assertNotIn(CANARY.encode(), path.read_bytes(), path)
        tally("server", "redirected to another host with credentials", 4)

    def test_an_error_that_repeats_the_credentials_is_not_stored_with_them(self):
        """The server echoes the request's head where its own should be."""
        def echo(peer):
            peer.send(b"HTTP/1.1 200 OK\r\n" + peer.headers["authorization"].encode() + b"\r\n\r\n")
        server = hostile.Server({"echo": echo})
        self.addCleanup(server.close)
        os.environ["DOGGED_TEST_CANARY"] = CANARY
        self.addCleanup(os.environ.pop, "DOGGED_TEST_CANARY")
        process, _ = self.begin(server.origin, ["echo-1", "good-1"], "--max-attempts", 1, "-v",
                                "-H", "Authorization: Bearer env:DOGGED_TEST_CANARY")
        out, err = self.end(process)
        self.assertNotIn(CANARY, out + err)
        for path in self.directory.iterdir():
            self.assertNotIn(CANARY.encode(), path.read_bytes(), path)


if __name__ == "__main__":
    unittest.main()
