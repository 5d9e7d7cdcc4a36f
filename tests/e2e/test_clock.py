# SPDX-License-Identifier: MIT
"""Clocks that are set while the program runs and between its runs, machines that sleep, runs that are
stopped: nothing is lost, no cap is broken, nothing waits for a clock to come back.

CLOCK_SHIM names the library that sets the program's clocks (tests/faults/clock); ctest sets it. The
servers are not under it: what they log is true."""
import bisect
import contextlib
import datetime
import http.server
import mmap
import os
import pathlib
import random
import signal
import socket
import struct
import subprocess
import threading
import time
import unittest

from harness import Case, DOGGED, SANITIZED, rounds, tally

LIBRARY = os.environ.get("CLOCK_SHIM", "build/debug/tests/faults/clock/libclock_shim.so")
HOUR = 3600
DAY = 24 * HOUR
# Under a rate cap starts are granted a quarter of a second ahead, and the store cannot tell a step
# forward from time that went by: those granted before it come on top.
AHEAD = 0.25


def until(year, month=1, day=1, *rest):
    """How far that moment lies ahead, in seconds."""
    then = datetime.datetime(year, month, day, *rest, tzinfo=datetime.timezone.utc)
    return (then - datetime.datetime.now(datetime.timezone.utc)).total_seconds()


def usable():
    """Why the library cannot be used here; an empty text: it can."""
    if not LIBRARY or not pathlib.Path(LIBRARY).exists():
        return f"there is no clock_shim library for this machine ({LIBRARY})"
    probe = subprocess.run([DOGGED, "--version"], capture_output=True, text=True, check=False,
                           env={**os.environ, **preloaded("/nowhere")})
    return "" if probe.returncode == 0 else f"the library does not load: {probe.stderr}"


def preloaded(file):
    variables = {"LD_PRELOAD": str(pathlib.Path(LIBRARY).resolve()), "CLOCK_SHIM_FILE": str(file)}
    if SANITIZED:  # a runtime that is a library of its own wants to be the first
        variables["ASAN_OPTIONS"] = ":".join(
            filter(None, [os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0"]))
    return variables


class Clock:
    """The clocks of the programs that are given its file."""

    def __init__(self, file):
        self.file = pathlib.Path(file)
        self.file.write_bytes(bytes(16))
        with open(self.file, "r+b") as opened:
            self.map = mmap.mmap(opened.fileno(), 16)
        self.wall = self.slept = 0

    def _write(self):
        self.map[:] = struct.pack("=qq", int(self.wall * 10**9), int(self.slept * 10**9))

    def set(self, ahead):
        """The wall clock is that many seconds ahead of the true time."""
        self.wall = ahead
        self._write()

    def step(self, seconds):
        self.set(self.wall + seconds)

    def sleep(self, seconds):
        """The machine has slept: the steady clock missed it."""
        self.slept += seconds
        self.step(seconds)


class Server:
    """Answers as the test says, request by request: a function of the path that gives (status,
    headers), or None to hang up."""

    def __init__(self, answer):
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                with server.lock:
                    server.log.append((time.monotonic(), self.path))
                said = answer(self.path)
                if said is None:
                    self.close_connection = True
                    # A reset rather than an end: nobody waits for more.
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                               struct.pack("ii", 1, 0))
                    return
                status, headers = said
                body = b'{"path": "%s"}' % self.path.encode()
                self.send_response(status)
                for name, value in {**headers, "Content-Length": len(body)}.items():
                    self.send_header(name, str(value))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Quiet(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256

            def handle_error(self, *_):
                pass  # a client that went away

        self.lock = threading.Lock()
        self.log = []
        self.http = Quiet(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/{{id}}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def requests(self):
        with self.lock:
            return list(self.log)

    def close(self):
        self.http.shutdown()
        self.http.server_close()


def most_in_a_second(times):
    times = sorted(times)
    return max((bisect.bisect_left(times, t + 1) - i for i, t in enumerate(times)), default=0)


@unittest.skipIf(usable(), usable())
class ClockCase(Case):
    def setUp(self):
        super().setUp()
        self.clock = Clock(self.directory / "clock")
        self.seed = int(os.environ.get("SEED", random.randrange(1 << 30)))
        self.rng = random.Random(self.seed)
        print(f"SEED={self.seed} {self._testMethodName}", flush=True)

    def environment(self):
        return {**super().environment(), **preloaded(self.clock.file)}

    def server(self, answer):
        server = Server(answer)
        self.addCleanup(server.close)
        return server

    def wait_for_rest(self):
        """Until nothing is in flight: what had begun before a wait was known has ended."""
        self.wait_until(lambda: "leased" not in self.states(), "the end of what is in flight")

    def deaths(self):
        return self.query("SELECT count(*) FROM attempts WHERE error = 'the worker died'")[0][0]

    def check_export(self, count):
        """Every row is there, answered, with a time that is one."""
        out = self.path("out.csv")
        self.run_dogged("export", "-o", out, "--force")
        rows = self.read_csv(out)
        self.assertEqual(len(rows), count)
        for row in rows:
            self.assertEqual(row["state"], "done", row)
            # Four digits of the year, whatever the clock said.
            self.assertRegex(row["fetched_at"], r"^(19|2\d)\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        return rows


class Steps(ClockCase):
    STEPS = {
        "hours forward": 5 * HOUR,
        "hours back": -5 * HOUR,
        "a day back": -DAY,
        "the last second of 32 bits": until(2038, 1, 19, 3, 14, 6),
        "2039": until(2039),
        "2106": until(2106, 2, 7, 6, 28, 15),
        "the end of 64 bits of nanoseconds": until(2262, 4, 11, 23, 47, 15),
        "2300": until(2300),
        "1971": until(1971),
    }

    def test_the_library_sets_the_clocks(self):
        for ahead in (0, until(2039), until(2300), until(1971)):
            self.clock.set(ahead)
            ids = self.write_ids([int(ahead)])
            self.run_dogged("import", ids, "--url", "http://127.0.0.1/{id}")
            (at,) = self.query("SELECT imported_at_ms FROM batches ORDER BY id DESC LIMIT 1")[0]
            self.assertAlmostEqual(at / 1000, time.time() + ahead, delta=60)

    def test_two_runs_under_a_clock_that_steps(self):
        """The cap holds, each job is asked once, no worker is taken for dead."""
        rate, times = 60, 0
        for _ in range(rounds(1, 6)):
            steps = self.rng.sample(list(self.STEPS.values()), rounds(4, 9))
            steps += [0, 90 * 60, -90 * 60, 0][:rounds(1, 4)]
            self.rng.shuffle(steps)
            count = 15 * len(steps)
            self.forget()
            server = self.standin("--delay", 20)
            server.forget_requests()
            self.run_dogged("import", self.write_ids(range(count)), "--url", server.url)
            runs = [self.start("run", "-j", 8, "--rate", f"{rate}/s") for _ in range(2)]
            forward = []
            for i, step in enumerate(steps):
                self.wait_for_requests(server, i * 12 + 10)
                if step > self.clock.wall:
                    forward.append(time.time())
                self.clock.set(step)
            for run in runs:
                status, _, err = self.finish(run)
                self.assertEqual(status, 0, err)
            self.check_pace([at for at, _, _ in server.requests()], rate, forward)
            self.assertEqual(set(server.answered().values()), {1})
            self.assertEqual(self.deaths(), 0)
            self.verify()
            self.check_export(count)
            server.close()
            times += len(steps)
        tally("clock", "a wall clock that steps by hours, decades and centuries, both ways", times)

    def check_pace(self, times, rate, forward):
        """No more in any second than the cap, a step forward in it aside."""
        times.sort()
        for i, t in enumerate(times):
            n = bisect.bisect_left(times, t + 1) - i
            steps = sum(t - 1 < at < t + 2 for at in forward)
            # Two runs, each with what it was granted ahead.
            self.assertLessEqual(n, rate + 2 + steps * (2 * AHEAD * rate + 2), f"in the second of {t}")

    def forget(self):
        for suffix in ("", "-wal", "-shm", "-lock"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(f"{self.db}{suffix}")

    def test_jobs_parked_before_a_step_back_do_not_wait_for_it(self):
        """Parked with a Retry-After, or after a failure: they are asked within seconds all the same."""
        times = 0
        for back in self.rng.sample((-HOUR, -5 * HOUR, -DAY, -400 * DAY, until(1971)), rounds(1, 5)):
            self.forget()
            self.clock.set(0)
            refuse = threading.Event()
            refuse.set()

            def answer(path, refuse=refuse):
                key = int(path[1:])
                if not refuse.is_set() or key >= 6:
                    return 200, {}
                return (503, {"Retry-After": 3}) if key % 2 else None

            server = self.server(answer)
            self.run_dogged("import", self.write_ids(range(60)), "--url", server.url)
            run = self.start("run", "-j", 4)
            self.wait_until(lambda: self.query(
                "SELECT count(*) FROM jobs WHERE state = 'ready' AND due_ms > 0")[0][0] >= 2,
                "parked jobs")
            self.clock.set(back)
            refuse.clear()
            status, _, err = self.finish(run, timeout=90)  # hours, were it not heeded
            self.assertEqual(status, 0, err)
            self.assertEqual(self.states(), {"done": 60})
            self.verify()
            self.check_export(60)
            times += 1
        tally("clock", "a step back while jobs are parked", times)

    def wait_of_the_server(self):
        rows = self.query("SELECT value FROM settings WHERE key = 'source_wait_until_ms'")
        return int(rows[0][0]) if rows else None

    def test_a_step_back_between_runs(self):
        """Nobody saw it: the server's wait is kept as it was said, until the clock is right again."""
        opened = threading.Event()
        server = self.server(lambda path: (200, {}) if opened.is_set()
                             else (429, {"Retry-After": HOUR}))
        self.run_dogged("import", self.write_ids(range(6)), "--url", server.url)
        self.run_dogged("run", "-j", 2, "--max-wait", "2s", expect=4)
        asked, wait = len(server.requests()), self.wait_of_the_server()
        opened.set()
        for behind in (DAY, DAY - HOUR, 120):
            self.clock.set(-behind)
            self.run_dogged("run", "--max-wait", "2s", expect=4)
            self.assertEqual(len(server.requests()), asked, "the wait is kept")
            self.assertEqual(self.wait_of_the_server(), wait)
        self.clock.set(HOUR + 120)
        self.run_dogged("run", "--max-wait", "60s")
        self.assertEqual(self.states(), {"done": 6})
        self.verify()
        tally("clock", "a day back between two runs, in the middle of the server's wait")

    def test_steps_both_ways_while_runs_wait_for_the_server(self):
        """What is left of the wait is what was left, for two runs that both see each step."""
        server = self.server(lambda path: (429, {"Retry-After": HOUR}))
        self.run_dogged("import", self.write_ids(range(40)), "--url", server.url)
        runs = [self.start("run", "-j", 2) for _ in range(2)]
        self.wait_until(self.wait_of_the_server, "the wait")
        self.wait_until(lambda: self.query(
            "SELECT count(*) FROM workers WHERE ended_at_ms IS NULL")[0][0] == 2, "two runs")
        time.sleep(2)  # either knows of the wait
        self.wait_for_rest()
        asked, wait = len(server.requests()), self.wait_of_the_server()
        steps = (5 * HOUR, 0, -DAY, 2 * HOUR, 0)[:rounds(3, 5)]
        for ahead in steps:
            self.clock.set(ahead)
            self.wait_until(lambda: self.query("SELECT count(*) FROM workers WHERE abs(seen_at_ms"
                                               f" - {(time.time() + ahead) * 1000}) < 60000")
                            == [(2,)], "two heartbeats by the new clock")
            time.sleep(2)  # the other has told of it too
            self.assertAlmostEqual(self.wait_of_the_server() / 1000, wait / 1000 + ahead, delta=1)
        self.assertEqual(len(server.requests()), asked, "nothing is asked while they wait")
        for run in runs:
            run.send_signal(signal.SIGINT)
            self.finish(run)
        self.verify()
        tally("clock", "steps both ways while two runs wait for the server", len(steps))

    def test_a_quota_counts_in_its_window_whatever_the_clock_does(self):
        """No window gives more than its count, however often the clock comes back to it."""
        server = self.standin()
        self.run_dogged("import", self.write_ids(range(60)), "--url", server.url)
        noon = until(2031, 5, 4, 12)
        seen = 0
        for day, more in ((0, 20), (0, 0), (-1, 20), (0, 0), (-1, 0), (1, 20)):
            self.clock.set(noon + day * DAY)
            self.run_dogged("run", "--quota", "20/day", "--max-wait", "1s",
                            expect=0 if day == 1 else 4)
            self.assertEqual(len(server.requests()) - seen, more, f"day {day}")
            seen += more
        self.assertEqual(self.states(), {"done": 60})
        self.verify()
        tally("clock", "days back and forth over the windows of a quota", 6)

    def test_import_and_export_while_the_clock_flips(self):
        server = self.standin()
        stop = threading.Event()

        def flip():
            while not stop.is_set():
                self.clock.set(self.rng.choice(list(self.STEPS.values()) + [0]))
                time.sleep(0.003)

        flipping = threading.Thread(target=flip)
        flipping.start()
        try:
            for i in range(rounds(1, 10)):
                ids = self.write_ids(range(i * 100, i * 100 + 300), f"ids{i}.csv")
                self.run_dogged("import", ids, "--url", server.url)
                self.run_dogged("import", ids)
                self.run_dogged("run")
                self.verify()
                self.check_export(300)
                self.run_dogged("status")
                self.run_dogged("list")
        finally:
            stop.set()
            flipping.join()
        self.assertEqual(set(server.answered().values()), {1})
        tally("clock", "an import, a run and an export while the clock flips", rounds(1, 10))


class Sleep(ClockCase):
    def test_a_request_in_flight_when_the_machine_slept_costs_no_attempt(self):
        """Its connection is dead: that is the sleep's doing, wherever the wall clock is afterwards."""
        for set_by in (0, -3 * HOUR, 5 * HOUR):
            with self.subTest(set_by=set_by):
                self.sleep_through(set_by)
        tally("clock", "a machine that sleeps while requests are in flight", 3)

    def sleep_through(self, set_by):
        waiting = threading.Semaphore(0)
        hang_up = threading.Event()

        def answer(_):
            if hang_up.is_set():
                return 200, {}
            waiting.release()
            hang_up.wait(60)
            return None

        server = self.server(answer)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.db)
        self.run_dogged("import", self.write_ids(range(4)), "--url", server.url)
        run = self.start("run", "-j", 4)
        for _ in range(4):
            self.assertTrue(waiting.acquire(timeout=60))
        self.clock.sleep(HOUR)
        self.clock.step(set_by)
        hang_up.set()
        status, _, err = self.finish(run)
        self.assertEqual(status, 0, err)
        self.assertEqual(self.query("SELECT state, attempts, refusals FROM jobs"),
                         [("done", 1, 0)] * 4)
        self.assertEqual(self.query("SELECT outcome, error FROM attempts"), [])
        self.assertEqual(len(server.requests()), 8)
        self.verify()

    def test_a_sleep_through_a_wait_ends_it(self):
        opened = threading.Event()
        server = self.server(lambda path: (200, {}) if opened.is_set()
                             else (429, {"Retry-After": HOUR}))
        self.run_dogged("import", self.write_ids(range(6)), "--url", server.url)
        run = self.start("run", "-j", 2)
        self.wait_until(lambda: self.query(
            "SELECT count(*) FROM settings WHERE key = 'source_wait_until_ms'") == [(1,)], "the wait")
        self.wait_for_rest()
        asked = len(server.requests())
        time.sleep(1)
        self.assertEqual(len(server.requests()), asked, "nothing is asked while it waits")
        opened.set()
        self.clock.sleep(HOUR + 60)
        status, _, err = self.finish(run)  # an hour, were it not heeded
        self.assertEqual(status, 0, err)
        self.assertEqual(self.states(), {"done": 6})
        self.verify()
        tally("clock", "a machine that sleeps through the server's wait")


class Stopped(Case):
    def test_a_run_that_is_stopped_for_a_while_beside_another(self):
        """It keeps its jobs, nobody does them for it, and it does not catch up on starts."""
        rate, count = 60, 200
        for i in range(rounds(1, 8)):
            self.db = self.directory / f"stopped{i}.db"
            server = self.standin("--delay", 100)
            server.forget_requests()
            self.run_dogged("import", self.write_ids(range(count)), "--url", server.url)
            runs = [self.start("run", "-j", 8, "--rate", f"{rate}/s") for _ in range(2)]
            self.wait_for_requests(server, 30)
            for _ in range(2):
                runs[0].send_signal(signal.SIGSTOP)
                self.addCleanup(self.let_go_on, runs[0])
                # It may be the one that writes to the store: then the other waits for it.
                time.sleep(rounds(1, 7))
                runs[0].send_signal(signal.SIGCONT)
                self.wait_for_requests(server, min(len(server.requests()) + 20, count - 20))
            for run in runs:
                status, _, err = self.finish(run)
                self.assertEqual(status, 0, err)
            self.assertLessEqual(most_in_a_second([at for at, _, _ in server.requests()]), rate + 2)
            self.assertEqual(set(server.answered().values()), {1})
            self.assertEqual(self.states(), {"done": count})
            self.verify()
            server.close()
        tally("clock", "SIGSTOP and SIGCONT of a run beside another", 2 * rounds(1, 8))

    @staticmethod
    def let_go_on(process):
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
