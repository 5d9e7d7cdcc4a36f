# SPDX-License-Identifier: MIT
"""Certificates and handshakes that lie, and names that take long."""
import os
import shutil
import subprocess
import unittest

from harness import rounds, tally
from test_hostile import HERE, SLACK, TIMEOUT, Hostile, hostile, rows_of

import certificates  # where test_hostile looks too

KEYS = [f"good-{n}" for n in range(30)]


def close_in_handshake(peer):
    peer.sock.recv(100)
    peer.close()


def reset_in_handshake(peer):
    peer.sock.recv(100)
    peer.reset()


def silent_in_handshake(peer):
    peer.hang()


def drip_handshake(peer):
    # The header of a record of 16 KB, and ever more of it.
    peer.drip(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc" + bytes(100))


def flood_in_handshake(peer):
    # Whole records of a handshake message of 16 MB that never ends.
    peer.send(b"\x16\x03\x03\x00\x04\x0b\xff\xff\xff")
    peer.flood(b"\x16\x03\x03\x40\x00" + bytes(1 << 14))


def no_tls(peer):
    peer.sock.recv(100)
    peer.send(hostile.whole(b"{}"))
    peer.close()


def half_a_body(head):
    def tell(peer):
        peer.send(head + b'{"half":')
        peer.sock.unwrap = None  # no close_notify
        peer.close()
    return tell


class Tls(Hostile):
    def setUp(self):
        super().setUp()
        self.authority = certificates.Authority(self.directory)
        self.right = self.authority.context("right")

    def serve_tls(self, context, first=(), **more):
        server = hostile.Server(more, first=first, wrap=certificates.wrap_with(context))
        self.addCleanup(server.close)
        return server

    def test_a_certificate_that_does_not_verify_stops_the_run_with_one_message(self):
        trusted = ("--cacert", self.authority.file)
        cases = {
            "TLS certificate expired": (self.authority.context("expired", days=-1), trusted, "expired"),
            "TLS certificate for another host": (self.authority.context("other", host="DNS:other.invalid"),
                                                 trusted, "mismatch"),
            "TLS certificate self-signed": (self.authority.context("self", self_signed=True), trusted, "self"),
            "TLS certificate of an unknown authority": (self.right, (), "issuer certificate"),
        }
        runs = []
        for n, (what, (context, options, says)) in enumerate(cases.items()):
            server = self.serve_tls(context)
            runs.append((what, says, server, *self.begin(server.origin, KEYS, "-j", 8, *options, name=f"bad{n}")))
        for what, says, server, process, db in runs:
            with self.subTest(what):
                _, err = self.end(process, expect=(5,))
                jobs, _ = rows_of(db)
                self.assertEqual({(job["state"], job["attempts"]) for job in jobs.values()}, {("ready", 0)})
                self.assertEqual(server.requests, [])
                self.assertEqual(err.count("does not verify"), 1, err)
                self.assertIn(says, err)
                self.assertIn("--cacert", err)
                tally("TLS", what)

    def test_a_certificate_is_good_with_its_authority_and_any_with_insecure(self):
        runs = [self.begin(self.serve_tls(self.right).origin, KEYS, "--cacert", self.authority.file, name="trusted"),
                self.begin(self.serve_tls(self.authority.context("any", self_signed=True)).origin, KEYS,
                           "--insecure", name="insecure")]
        for process, db in runs:
            self.end(process, expect=(0,))
            jobs, _ = rows_of(db)
            for job in jobs.values():
                self.check_good(job, [])

    def test_a_handshake_that_lies_costs_the_attempt_and_no_job(self):
        old = certificates.old_tls(self.authority.context("old"))

        def old_version(peer):
            certificates.wrap_with(old)(peer.sock)

        cases = {
            "TLS 1.0": (old_version, "setting up TLS"),
            "closed amid the handshake": (close_in_handshake, "setting up TLS"),
            "reset amid the handshake": (reset_in_handshake, "setting up TLS"),
            "a handshake that says nothing": (silent_in_handshake, "setting up TLS"),
            "a handshake of a byte a second": (drip_handshake, "setting up TLS"),
            "a handshake without end": (flood_in_handshake, "setting up TLS"),
            "plain HTTP where TLS was to be": (no_tls, "setting up TLS"),
        }
        runs = []
        for n, (what, (lie, says)) in enumerate(cases.items()):
            server = self.serve_tls(self.right, first=[lie] * 2)
            runs.append((what, says, *self.begin(server.origin, KEYS[:4], "-j", 1, "--cacert",
                                                 self.authority.file, name=f"shake{n}")))
        for what, says, process, db in runs:
            with self.subTest(what):
                self.end(process, expect=(0,))
                jobs, attempts = rows_of(db)
                made = [a for of_job in attempts.values() for a in of_job]
                self.assertEqual(len(made), 2, made)
                for attempt in made:
                    self.assertIn(attempt["outcome"], ("retry", "refused"))  # refused: by an outage
                    self.assertIn(says, attempt["error"])
                    self.check_text(attempt["error"])
                    self.assertLess(attempt["duration_ms"], (TIMEOUT + SLACK) * 1000)
                for job in jobs.values():
                    self.assertEqual(job["body"], hostile.good_body(job["key"]).decode())
                tally("TLS", what, 2)

    def test_a_body_that_tls_did_not_end_is_cut_off(self):
        server = self.serve_tls(self.right, half=half_a_body(hostile.head()),
                                half_of_chunks=half_a_body(hostile.head("200 OK", "Transfer-Encoding: chunked") + b"8\r\n"))
        keys = ["half-1", "good-1", "half_of_chunks-2", "good-2"]
        process, db = self.begin(server.origin, keys, "-j", 1, "--max-attempts", 1, "--cacert", self.authority.file)
        self.end(process, expect=(3,))
        jobs, attempts = rows_of(db)
        for key in keys:
            if key.startswith("good"):
                self.check_good(jobs[key], attempts.get(key, []))
            else:
                self.assertEqual(jobs[key]["state"], "failed")
                self.assertIn("while reading the body", attempts[key][0]["error"])
        tally("TLS", "closed without close_notify amid the body", 2)

    def test_a_redirect_to_a_host_with_a_bad_certificate_concerns_its_job_only(self):
        other = self.serve_tls(self.authority.context("self", self_signed=True))

        def away(peer):
            peer.send(hostile.whole(b"", f"Location: {other.origin}/{peer.key}", status="302 Found"))
        server = self.serve_tls(self.right, away=away)
        keys = KEYS + ["away-1"]
        process, db = self.begin(server.origin, keys, "-j", 2, "--max-attempts", 1, "--redirect-other-origin",
                                 "--cacert", self.authority.file)
        self.end(process, expect=(3,))
        jobs, attempts = rows_of(db)
        self.assertEqual(jobs["away-1"]["state"], "failed")
        self.assertIn("does not verify", jobs["away-1"]["error"])
        for key in KEYS:
            self.check_good(jobs[key], attempts.get(key, []))
        tally("TLS", "redirected to a host whose certificate does not verify")


class Names(Hostile):
    def test_a_name_that_there_is_not_is_trouble_in_time(self):
        process, db = self.begin("http://no-such-name.invalid", ["good-1"], "--max-attempts", 1)
        self.end(process)
        jobs, attempts = rows_of(db)
        self.assertEqual(jobs["good-1"]["state"], "failed")
        (attempt,) = attempts["good-1"]
        self.assertEqual(attempt["outcome"], "retry")
        self.assertIn("no-such-name.invalid", attempt["error"])
        tally("server", "a name that there is not")

    def preload(self, seconds):
        compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
        if not compiler:
            self.skipTest("needs a C compiler, to stand in for the resolver")
        library = self.path("slow_names.so")
        subprocess.run([compiler, "-shared", "-fPIC", "-o", library, str(HERE.parent / "hostile" / "slow_names.c"),
                        "-ldl"], check=True)
        self.slow = {"LD_PRELOAD": library, "SLOW_NAMES": str(seconds),
                     "ASAN_OPTIONS": ":".join(filter(None, [os.environ.get("ASAN_OPTIONS"),
                                                            "verify_asan_link_order=0"]))}

    def environment(self):
        return {**super().environment(), **getattr(self, "slow", {})}

    def test_a_name_that_does_not_resolve_for_long_holds_no_attempt_beyond_its_time(self):
        self.preload(rounds(6, 40))  # after 60 s without any answer the run ends
        server = self.serve()
        process, db = self.begin(f"http://slow.test:{server.port}", KEYS, "-j", 8, "--connect-timeout", "1s",
                                 "--max-attempts", 0)
        self.end(process, expect=(0,))
        jobs, attempts = rows_of(db)
        made = [a for of_job in attempts.values() for a in of_job]
        self.assertTrue(made)
        for attempt in made:
            self.assertIn("looking up slow.test", attempt["error"])
            self.assertLess(attempt["duration_ms"], (1 + SLACK) * 1000)
        for job in jobs.values():
            self.assertEqual((job["state"], job["body"]), ("done", hostile.good_body(job["key"]).decode()))
        tally("server", "a name that does not resolve for long", len(made))

    def test_a_run_ends_in_time_though_a_name_is_still_looked_up(self):
        self.preload(600)
        process, db = self.begin("http://slow.test:9", KEYS, "--connect-timeout", "1s", "--max-time", "2s")
        self.end(process, expect=(4,))  # within the limit of the harness, not in 600 s
        jobs, _ = rows_of(db)
        self.assertEqual({job["state"] for job in jobs.values()}, {"ready"})
        tally("server", "a name that does not resolve at all")


if __name__ == "__main__":
    unittest.main()
