# SPDX-License-Identifier: MIT
"""Too little memory, too few threads and descriptors, small stacks, small files, little CPU time: the
program does with less or says why it cannot, loses nothing, and goes on where it left off."""
import contextlib
import http.server
import os
import pathlib
import random
import resource
import shutil
import signal
import threading
import unittest

from harness import Case, DOGGED, LONG, SANITIZED, SANITIZER, rounds, tally

# Of tests/faults/memory; ctest sets it.
FAULTS = os.environ.get("MEMORY_FAULTS", "build/debug/tests/faults/memory/libmemory_faults.so")
KB, MB = 1 << 10, 1 << 20
HANG_SECONDS = 90
# What a program that does not start is ended by: the loader, or the kernel in exec.
LOADER_STATUS = 127
# A command's own endings under a shortage: done, error, usage, rows failed, later, systemic, store.
OWN_STATUS = (0, 1, 2, 3, 4, 5, 6)
# What no ending may show.
CRASHES = ("terminate called", "internal error", "Assertion", "runtime error:", "AddressSanitizer",
           "ThreadSanitizer", "std::bad_alloc", "core dumped")
# Words of which a message about a shortage has one.
CAUSES = ("memory", "thread", "open files", "descriptor", "ulimit", "File too large", "allowed",
          "CPU time", "unavailable", "stack", "disk")


class Scarcity(Case):
    JOBS = 150

    def setUp(self):
        super().setUp()
        self.server = self.standin("--delay", 10)
        self.ids = self.write_ids(range(self.JOBS))

    def forget(self):
        for suffix in ("", "-wal", "-shm", "-lock"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(f"{self.db}{suffix}")

    def limited(self, limit, *arguments, uid=None):
        """Runs the program under `limit`, {resource: (soft, hard)}: (status, stderr), or None where it
        did not start."""
        def apply():
            for what, sizes in limit.items():
                resource.setrlimit(what, sizes)
            if uid is not None:
                os.setgroups([])
                os.setgid(uid)
                os.setuid(uid)

        try:
            process = self.start(*arguments, preexec_fn=apply)
        except (OSError, MemoryError):
            return None  # the kernel could not even begin it
        except Exception as error:  # subprocess says so where apply() failed
            self.assertEqual(type(error).__name__, "SubprocessError", error)
            return None
        status, _, err = self.finish(process, HANG_SECONDS)
        if status == LOADER_STATUS or (status < 0 and not err and status in (-9, -11)
                                       and resource.RLIMIT_CPU not in limit):
            return None
        return status, err

    def check_ending(self, ending, what):
        if ending is None:
            return None
        status, err = ending
        for crash in CRASHES:
            self.assertNotIn(crash, err, what)
        self.assertIn(status, OWN_STATUS, f"{what}\n{err}")
        if status not in (0, 3, 4):
            self.assertTrue(any(cause in err for cause in CAUSES), f"{what}: {status}\n{err}")
        return status

    def committed(self):
        if not pathlib.Path(self.db).exists():
            return {}
        try:
            return dict(self.query("SELECT key, epoch FROM jobs WHERE state = 'done'"))
        except Exception:  # not even its tables were made
            return {}

    def check_rest(self):
        """Without the limit the work is done, and nothing that was committed is asked again."""
        before = self.committed()
        self.run_dogged("import", self.ids, "--url", self.server.url)
        self.run_dogged("run")
        self.verify()
        self.assertEqual(self.states(), {"done": self.JOBS})
        after = self.committed()
        self.assertEqual({k: after[k] for k in before}, before)
        out = self.path("rest.csv")
        self.run_dogged("export", "-o", out, "--force")
        self.assertEqual(len(self.read_csv(out)), self.JOBS)

    def commands(self, out, *run_options):
        return {
            "import": ("import", self.ids, "--url", self.server.url),
            "run": ("run", *run_options),
            "export": ("export", "-o", out, "--force", "--add", "auto"),
            "fetch": ("fetch", self.ids, "-o", out, "--url", self.server.url, *run_options),
        }

    def try_all(self, limit, what, *run_options, uid=None):
        """Each command under the limit, on a store that is as the one before left it; status by
        command. What stands under the name of an export is whole."""
        statuses = {}
        for fresh in (("import", "run", "export"), ("fetch",)):
            self.forget()
            out = self.directory / "out.csv"
            for name in fresh:
                if name in ("run", "export"):  # the import may have failed
                    self.run_dogged("import", self.ids, "--url", self.server.url)
                    self.open_up()
                command = self.commands(out, *run_options)[name]
                ending = self.limited(limit, *command, uid=uid)
                statuses[name] = self.check_ending(ending, f"{what}: {name}")
                if out.exists():
                    self.assertEqual(len(self.read_csv(out)), self.JOBS, f"{what}: {name}")
                    out.unlink()
            self.check_rest()
            self.open_up()
        return statuses

    def open_up(self):
        """For programs that run as another user."""


@unittest.skipIf("undefined" in SANITIZER, "UndefinedBehaviorSanitizer looks at objects through a pipe")
class Descriptors(Scarcity):
    def test_few_descriptors(self):
        """As many connections as there are descriptors for; no job is charged, no outage is seen."""
        tried = 0
        for n in (64, 16, 10) if not LONG else (128, 100, 64, 48, 40, 34, 30, 26, 22, 18, 16,
                                                    14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3):
            limit = {resource.RLIMIT_NOFILE: (n, n)}
            statuses = self.try_all(limit, f"ulimit -n {n}", "-j", 256)
            if n >= 40:
                self.assertEqual(set(statuses.values()), {0}, statuses)
            tried += 4
        tally("scarcity", "few descriptors (ulimit -n)", tried)

    def test_descriptors_that_run_out_in_a_run_cost_no_attempt(self):
        """Others of the process have taken what there is, so that connections fail as they are made."""
        self.run_dogged("import", self.ids, "--url", self.server.url)
        r, w = os.pipe()
        held = [os.dup(r) for _ in range(48)]
        n = 80

        def crowd():
            # What is inherited counts: the program reckons with 80, and has 30 left.
            resource.setrlimit(resource.RLIMIT_NOFILE, (n, n))

        try:
            low = [fd for fd in held if fd < n]
            process = self.start("run", "-j", 256, preexec_fn=crowd, pass_fds=low)
            status, _, err = self.finish(process, HANG_SECONDS)
        finally:
            for fd in [r, w, *held]:
                os.close(fd)
        self.assertEqual(status, 0, err)
        self.assertGreater(len(low), 30)
        self.assertIn("no means for so many requests at once (Too many open files)", err)
        self.assertEqual(err.count("no means for"), 1, "it is said once")
        self.assertNotIn("no answer but", err)
        self.assertEqual(self.query("SELECT DISTINCT state, attempts, refusals FROM jobs"),
                         [("done", 1, 0)])
        self.assertEqual(self.query("SELECT count(*) FROM attempts"), [(0,)])
        self.assertEqual(set(self.server.answered().values()), {1})
        self.verify()
        tally("scarcity", "descriptors that run out in the middle of a run")


class Memory(Scarcity):
    @unittest.skipIf(SANITIZED, "a sanitizer's shadow needs terabytes of addresses")
    def test_little_memory(self):
        tried = 0
        # Down to where the loader cannot map the libraries.
        sizes = (16, 40, 200) if not LONG else (*range(10, 100, 2), *range(100, 700, 25))
        for size in sizes:
            limit = {resource.RLIMIT_AS: (size * MB, size * MB)}
            statuses = self.try_all(limit, f"ulimit -v {size * KB}", "-j", 256)
            tried += sum(status is not None for status in statuses.values())
            if size >= 200:
                self.assertEqual(set(statuses.values()), {0}, statuses)
        self.assertGreater(tried, 0)
        tally("scarcity", "little memory (ulimit -v)", tried)


class Answers:
    """A server that answers each ID with so many bytes of JSON as `size` says, in chunks, so that
    nobody knows beforehand how many come."""

    def __init__(self, case, size):
        asked = self.asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                key = self.path.strip("/")
                asked.append(key)
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                try:
                    self.chunk(f'{{"id":"{key}","pad":"'.encode())
                    left = size(key)
                    while left > 0:
                        self.chunk(b"x" * min(left, MB))
                        left -= MB
                    self.chunk(b'"}')
                    self.chunk(b"")
                except OSError:  # the other side has had enough
                    self.close_connection = True

            def chunk(self, data):
                self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        self.url = f"http://127.0.0.1:{server.server_port}/{{id}}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        case.addCleanup(server.server_close)
        case.addCleanup(server.shutdown)


class LargeAnswer(Case):
    @unittest.skipIf(SANITIZED, "a sanitizer's shadow needs terabytes of addresses")
    def test_an_answer_that_does_not_fit_costs_the_others_nothing(self):
        """It is one job's, which has its attempts and no more; the run goes on, and the next run too."""
        attempts, small = 3, 60
        # The last one fits under no limit of these.
        for size in (24, 60, 600) if not LONG else (16, 24, 32, 40, 48, 60, 80, 100, 150, 300, 600):
            with self.subTest(size=size):
                self.db = self.directory / f"{size}.db"
                server = Answers(self, lambda key, n=size * MB: n if key == "0" else 1000)
                ids = self.write_ids(range(small + 1))  # the large one is the first
                self.run_dogged("import", ids, "--url", server.url, "--max-body", "1G")
                limit = (200 * MB, 200 * MB)
                process = self.start("run", "-j", 4, "--max-attempts", attempts, preexec_fn=lambda: (
                    resource.setrlimit(resource.RLIMIT_AS, limit)))
                status, _, err = self.finish(process, HANG_SECONDS)
                self.assertIn(status, (0, 3), err)
                for crash in CRASHES:
                    self.assertNotIn(crash, err)
                states = dict(self.query("SELECT key, state FROM jobs"))
                self.assertEqual({states[str(n)] for n in range(1, small + 1)}, {"done"}, err)
                self.assertIn(states["0"], ("failed", "done"))
                self.assertLessEqual(server.asked.count("0"), attempts)
                self.assertEqual(len(server.asked) - server.asked.count("0"), small)
                if size == 600:
                    self.assertEqual(self.query("SELECT state, attempts, error FROM jobs WHERE key = '0'"), [
                        ("failed", attempts,
                         f"out of memory for the answer; given up after {attempts} attempts")])
                before = len(server.asked)
                self.run_dogged("run", "-j", 4, expect=None)
                self.assertEqual(len(server.asked), before, "the next run asks nothing again")
                self.verify()
                tally("scarcity", "an answer larger than the memory there is (ulimit -v)")


def faults_usable():
    """Why allocations cannot be made to fail here; an empty text: they can."""
    if SANITIZED:
        return "a sanitizer has an allocator of its own"
    if not FAULTS or not pathlib.Path(FAULTS).exists():
        return f"there is no memory_faults library for this machine ({FAULTS})"
    return ""


@unittest.skipIf(faults_usable(), faults_usable())
class Allocations(Scarcity):
    """An allocation fails, or some, or all from there on: at random places all over each command."""
    JOBS = 60
    BEFORE_MAIN = 1_000  # at most: what libraries ask for there nobody can end in words
    preload = {}

    def environment(self):
        return {**super().environment(), **self.preload}

    def count(self, command):
        log = self.directory / "allocations"
        self.preload = {"LD_PRELOAD": FAULTS, "MEMORY_FAULTS_LOG": str(log)}
        self.run_dogged(*command)
        self.preload = {}
        return int(log.read_text())

    def prepare(self, name):
        self.forget()
        if name in ("run", "export"):
            self.run_dogged("import", self.ids, "--url", self.server.url)
        if name == "export":
            self.run_dogged("run")

    def test_allocations_that_fail(self):
        rng = random.Random(os.environ.get("SEED"))
        out = self.directory / "out.csv"
        tried = 0
        for name, command in self.commands(out, "-j", 16).items():
            self.prepare(name)
            total = self.count(command)
            for _ in range(rounds(5, 300)):
                out.unlink(missing_ok=True)
                self.prepare(name)
                at, count = rng.randrange(self.BEFORE_MAIN, total), rng.choice((1, 1, 5, 1000, 10**12))
                self.preload = {"LD_PRELOAD": FAULTS, "MEMORY_FAULTS_AT": str(at),
                                "MEMORY_FAULTS_COUNT": str(count)}
                ending = self.limited({}, *command)
                self.preload = {}
                what = f"{name}: {count} allocations fail from number {at} of {total} on"
                self.check_ending(ending, what)
                if out.exists():
                    self.assertEqual(len(self.read_csv(out)), self.JOBS, what)
                tried += ending is not None
                if rng.random() < 0.3:
                    self.check_rest()
        tally("scarcity", "allocations that fail (malloc gives nothing)", tried)


def unused_uid():
    used = set()
    for entry in pathlib.Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            used.add(entry.stat().st_uid)
    # Not the first: the same test of another build may be at its own.
    return random.choice([uid for uid in range(64_000, 65_000) if uid not in used])


class Threads(Scarcity):
    def setUp(self):
        super().setUp()
        self.uid = None
        self.others = 0
        if os.geteuid() == 0:
            # Root is not limited. Another user has to reach the program and the directory.
            self.uid = unused_uid()
            self.program = self.directory / "dogged"
            shutil.copy(DOGGED, self.program)
            self.program.chmod(0o755)
        else:
            self.others = self.tasks_of(os.getuid())
        self.open_up()

    @staticmethod
    def tasks_of(uid):
        count = 0
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if entry.stat().st_uid == uid:
                    count += len(list((entry / "task").iterdir()))
        return count

    def open_up(self):
        if self.uid is None:
            return
        os.chown(self.directory, self.uid, self.uid)
        self.directory.chmod(0o777)
        for path in self.directory.iterdir():
            if path != self.server.log:
                os.chown(path, self.uid, self.uid)

    def command(self, *arguments):
        command = super().command(*arguments)
        return [str(self.program), *command[1:]] if self.uid is not None else command

    @unittest.skipIf(SANITIZER == "thread", "its runtime needs threads of its own")
    def test_few_threads(self):
        """As many requests at once as there are threads for."""
        tried = 0
        for n in (1, 6, 12) if not LONG else range(1, 40):
            n += self.others
            limit = {resource.RLIMIT_NPROC: (n, n)}
            statuses = self.try_all(limit, f"ulimit -u {n}", "-j", 256, uid=self.uid)
            if n - self.others >= 12 and self.uid is not None:
                self.assertEqual(set(statuses.values()), {0}, statuses)
            tried += sum(status is not None for status in statuses.values())
        self.assertEqual(self.query("SELECT count(*) FROM attempts"), [(0,)])
        tally("scarcity", "few threads (ulimit -u)", tried)


class Stack(Scarcity):
    @unittest.skipIf(SANITIZED, "sanitized code needs a larger stack")
    def test_a_small_stack(self):
        tried = 0
        for size in (256, 64, 32) if not LONG else (2048, 1024, 512, 384, 256, 224, 192, 160,
                                                           128, 112, 96, 80, 64, 48, 32, 16):
            limit = {resource.RLIMIT_STACK: (size * KB, size * KB)}
            statuses = self.try_all(limit, f"ulimit -s {size}", "-j", 32)
            tried += sum(status is not None for status in statuses.values())
            if size >= 256:
                self.assertEqual(set(statuses.values()), {0}, statuses)
        tally("scarcity", "a small stack (ulimit -s)", tried)


class Limits(Scarcity):
    @unittest.skipIf(SANITIZER == "thread", "its runtime writes a file before main")
    def test_small_files(self):
        """A file that may not grow is a disk that is full, and no death by a signal."""
        tried = 0
        for size in (0, 200 * KB) if not LONG else (0, 1, *range(16 * KB, 800 * KB, 16 * KB)):
            limit = {resource.RLIMIT_FSIZE: (size, size)}
            statuses = self.try_all(limit, f"ulimit -f {size}", "-j", 16)
            tried += 4
        self.assertGreater(tried, 0)
        tally("scarcity", "files that may not grow (ulimit -f)", tried)

    def test_cpu_time_that_runs_out(self):
        """The soft limit drains a run, the hard one kills it: either way the rest is done later."""
        jobs = 20_000
        self.run_dogged("import", self.write_ids(range(jobs), "many.csv"), "--url", self.server.url)
        server = self.standin()
        for limit, expected in (((1, 60), (4,)), ((1, 1), (-signal.SIGKILL,))):
            before = self.committed()
            ending = self.limited({resource.RLIMIT_CPU: limit}, "run", "-j", 64, "--change-source",
                                  "--url", server.url)
            status, err = ending
            self.assertIn(status, (0, *expected), err)
            if status == 4:
                self.assertIn("CPU time", err)
            after = self.committed()
            self.assertEqual({k: after[k] for k in before}, before)
            self.verify()
        tally("scarcity", "CPU time that runs out (ulimit -t)", 2)
