# SPDX-License-Identifier: MIT
"""A disk that is full, fails or turns read-only, at every call that writes: the program ends with 6 and
one clear message, nothing is lost, and the same command goes on when the disk serves again."""
import dataclasses
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import typing
import unittest

from disk_faults import CHANGES, ERRORS, FaultyCase, Faults, read_calls, words_of
from harness import LONG, SANITIZED, make_first_schema, rounds, tally
from test_clock import Server

IDS = 40
# A full disk lets files be removed; one that fails or is read-only lets nothing.
FULL = "open,write,sync,truncate,rename,link,mkdir,allocate,map"
CALLS = {"ENOSPC": FULL, "EDQUOT": FULL, "EIO": CHANGES, "EROFS": CHANGES}

# What a message of status 6 must say: why, and what to do about it.
REASON = re.compile("|".join([*(re.escape(words_of(error)) for error in ERRORS), "disk is full",
                              "disk does not read or write", "may not be written",
                              "cannot be opened", "file system does not allow",
                              "file is damaged"]))  # what SQLite says of some pages that it cannot read
ADVICE = re.compile(r"; [^;]*\b(free|check|make|remove|mount|name|ask|room|restore)\b")
NEVER = re.compile(r"internal error|std::|terminate called|Sanitizer|runtime error:|LOG ERROR|"
                   r"report this|bad_alloc|Nothing in the store is lost")


@dataclasses.dataclass
class Verb:
    """A command whose disk fails. Its directory is as `prepare` left it, anew for each fault."""
    name: str
    arguments: typing.Callable  # (case) -> command line
    prepare: typing.Callable    # (case); in the directory of the trial
    check: typing.Callable = None  # (case): what is there when the command got to its end
    target: str = ""            # a file that is as before, or whole and new
    status: int = 0             # without a fault
    asks: bool = False


class DiskCase(FaultyCase):
    """Trials in a directory of their own, which each begins anew; the server's log stays."""

    def setUp(self):
        super().setUp()
        self.base = self.directory
        self.server = self.standin("--delay", 2, "--missing-share", "0.1")
        self.directory = self.base / "trial"
        self.db = self.directory / "dogged.db"
        self.template = self.base / "template"

    def make_template(self, prepare):
        shutil.rmtree(self.directory, ignore_errors=True)
        shutil.rmtree(self.template, ignore_errors=True)
        self.directory.mkdir()
        prepare(self)
        shutil.copytree(self.directory, self.template)

    def begin_trial(self):
        shutil.rmtree(self.directory, ignore_errors=True)
        shutil.copytree(self.template, self.directory)

    def files_of_trial(self):
        return f"{self.directory}/*|*/etilqs_*"

    def keys(self, *states):
        if not self.db.exists() or not self.db.stat().st_size:
            return set()
        marks = ",".join("?" * len(states))
        with sqlite3.connect(self.db) as db:  # may write: what a log left behind is read only then
            made = db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'jobs'").fetchall()
            rows = db.execute(f"SELECT key FROM jobs WHERE state IN ({marks})", states) if made else []
            keys = {key for (key,) in rows}
        db.close()
        return keys

    def settled(self):
        return self.keys("done", "not_found", "failed")

    def asked_since(self, count):
        return [path.rsplit("/", 1)[1] for _, _, path in self.server.requests()[count:]]

    def temporary_files(self):
        return [p.name for p in self.directory.iterdir() if ".tmp-" in p.name or "-import-" in p.name]

    def check_message(self, err, context, of=None):
        """One message, which names a file of the trial, the reason and the remedy."""
        self.assertIsNone(NEVER.search(err), context)
        lines = [line for line in err.splitlines() if line.startswith(("dogged: ", "error: "))]
        self.assertEqual(len(lines), 1, context)
        self.assertIn(of or str(self.directory), lines[0], context)
        self.assertRegex(lines[0], REASON, context)
        self.assertRegex(lines[0], ADVICE, context)


def import_ids(case, *options):
    case.write_ids(range(1, IDS + 1))
    case.run_dogged("import", case.path("ids.csv"), "--url", case.server.url, *options)


def imported(case):
    import_ids(case, "--id-pattern", r"\d+")
    case.write_ids([*range(IDS - 5, IDS + 20), "no-number"], "more.csv")


def answered(case):
    import_ids(case)
    case.run_dogged("run")


def answered_and_exported(case):
    answered(case)
    case.run_dogged("export", "-o", case.path("out.csv"), "--rows", "done")


def first_schema(case):
    """A store as the first version made it."""
    case.write_ids(range(1, IDS + 1))
    make_first_schema(case.db)


def check_export(case):
    rows = case.read_csv(case.path("out.csv"))
    case.assertEqual([row["id"] for row in rows], [str(i) for i in range(1, IDS + 1)])
    case.assertLessEqual({row["state"] for row in rows}, {"done", "not_found"})


def check_run(case):
    case.assertEqual(len(case.settled()), IDS)


def check_import(case):
    case.assertEqual(sum(case.states().values()), IDS)


def check_more(case):
    case.assertEqual(sum(case.states().values()), IDS + 19)
    case.assertEqual(len(case.read_csv(case.path("rejects.csv"))), 1)


def check_copy(case):
    with sqlite3.connect(f"file:{case.path('copy.db')}?immutable=1", uri=True) as db:
        case.assertEqual(db.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
        case.assertEqual(db.execute("SELECT count(*) FROM jobs").fetchall(), [(IDS,)])
    db.close()


def check_limit(case):
    caps = case.run_json("limit")["caps"]
    case.assertIn("9", str(caps))


VERBS = [
    Verb("import that makes the store", lambda c: ["import", c.path("ids.csv"), "--url", c.server.url],
         lambda c: c.write_ids(range(1, IDS + 1)), check_import),
    Verb("import", lambda c: ["import", c.path("more.csv"), "--rejects", c.path("rejects.csv")],
         imported, check_more, target="rejects.csv", status=3),
    Verb("run", lambda c: ["run", "-j", "4"], import_ids, check_run, asks=True),
    Verb("export", lambda c: ["export", "-o", c.path("out.csv"), "--force"],
         answered_and_exported, check_export, target="out.csv"),
    Verb("fetch", lambda c: ["fetch", c.path("ids.csv"), "-o", c.path("out.csv"), "-j", "4", "--url",
                             c.server.url],
         lambda c: c.write_ids(range(1, IDS + 1)), check_export, target="out.csv", asks=True),
    Verb("retry", lambda c: ["retry", "--not-found"], answered,
         lambda c: c.assertFalse(c.keys("not_found"))),
    Verb("copy", lambda c: ["copy", "--to", c.path("copy.db")], answered, check_copy, target="copy.db"),
    Verb("limit", lambda c: ["limit", "-j", "9"], answered, check_limit),
    Verb("status", lambda c: ["status"], answered),
    Verb("a migration", lambda c: ["import", c.path("ids.csv"), "--url", c.server.url],
         first_schema, check_import),
]


class DiskFaults(DiskCase):
    def one_fault(self, verb, faults):
        """One fault, and then the same command on a disk that serves. Whether a call failed."""
        self.begin_trial()
        target = pathlib.Path(self.path(verb.target)) if verb.target else None
        before = target.read_bytes() if target and target.exists() else None
        status, _, err, calls = self.with_faults(faults, *verb.arguments(self))
        failed = [call for call in calls if call.error]
        context = f"{verb.name}: {faults}\n{failed[:3]}\n--- stderr of status {status}\n{err[-2000:]}"
        self.assertIn(status, (verb.status, 6), context)
        self.assertIsNone(NEVER.search(err), context)
        if status == 6:
            self.check_message(err, context)
        # What could not be removed may be there yet; the next import sees to those of an import.
        stays = any(call.kind == "unlink" for call in failed)
        if not stays:
            self.assertEqual(self.temporary_files(), [], context)
        if target and target.exists() and target.read_bytes() != before:
            verb.check(self)  # under its final name it is not half written
        self.go_on(verb, status, context)
        left = [name for name in self.temporary_files() if not stays or "-import-" in name]
        self.assertEqual(left, [], context)
        return bool(failed)

    def go_on(self, verb, status, context):
        committed, seen = self.settled(), len(self.server.requests())
        if self.db.exists() and self.db.stat().st_size:
            got, _, err = self.finish(self.start("verify"))
            # What did not get far has made no store yet, or left the older one as it was.
            early = "holds no store yet" in err or "older than version" in err
            self.assertTrue(got == 0 or early, f"{context}\n--- verify: {err}")
        if verb.name == "copy":
            pathlib.Path(self.path(verb.target)).unlink(missing_ok=True)  # it takes no existing one
        got, out, err = self.finish(self.start(*verb.arguments(self)))
        self.assertEqual(got, verb.status, f"{context}\n--- again:\n{out}{err}")
        if verb.check:
            verb.check(self)
        self.verify()
        if verb.asks:
            self.assertEqual(committed.intersection(self.asked_since(seen)), set(), context)

    def count_calls(self, verb, kinds):
        self.begin_trial()
        faults = Faults(self.files_of_trial(), kinds)
        status, out, err, calls = self.with_faults(faults, *verb.arguments(self))
        self.assertEqual(status, verb.status, out + err)
        self.assertTrue(calls)
        return len(calls)

    def try_verb(self, verb):
        self.make_template(verb.prepare)
        totals = {kinds: self.count_calls(verb, kinds) for kinds in set(CALLS.values())}
        most = max(totals.values())
        count = rounds(3 if SANITIZED else 6, most)
        tried = 0
        for i in range(min(count, most)):
            modes = [(ERRORS[0], True), (ERRORS[1 + i % 3], i % 2 == 1)] if LONG else \
                    [(ERRORS[i % 4], i % 3 != 1)]
            for error, lasting in modes:
                total = totals[CALLS[error]]
                at = 1 + round(i * (total - 1) / max(1, min(count, most) - 1))
                faults = Faults(self.files_of_trial(), CALLS[error], at, error, lasting)
                tried += self.one_fault(verb, faults)
        self.assertTrue(tried)
        tally("disk", f"a full, failing or read-only disk during {verb.name}", tried)

    def test_a_store_is_not_made_without_its_log(self):
        # SQLite answers "wal" before the commit that may fail, and goes on without a log then.
        self.make_template(lambda case: case.write_ids(range(1, IDS + 1)))
        times = rounds(13, 41)
        for at in range(1, times):
            self.begin_trial()
            status, _, err, _ = self.with_faults(
                Faults(self.files_of_trial(), CHANGES, at, "EIO"), "import", self.path("ids.csv"))
            self.assertIn(status, (0, 6), err)
            if status == 0:
                self.assertEqual(self.db.read_bytes()[18:20], b"\2\2", f"call {at}")
        tally("disk", "a disk that fails while the store gets its log", times - 1)

    def test_a_store_that_cannot_be_read_is_told_and_not_changed(self):
        self.make_template(answered)
        verbs = [["status"], ["verify"], ["list"], ["export", "-o", self.path("out.csv")], ["run"],
                 ["import", self.path("ids.csv")], ["copy", "--to", self.path("copy.db")]]
        tried = 0
        for arguments in verbs:
            self.begin_trial()
            reads = Faults(f"{self.db}*", "read")
            total = len(self.with_faults(reads, *arguments)[3])
            for at in range(1, total + 1) if LONG else {total // 2, total}:
                self.begin_trial()
                before = self.db.read_bytes()
                faults = Faults(f"{self.db}*", "read", max(1, at), "EIO", lasting=tried % 2 == 0)
                status, out, err, calls = self.with_faults(faults, *arguments)
                context = f"{arguments} {faults} {[c for c in calls if c.error][:3]}\n{out}{err}"
                # What verify cannot read, it reports among what does not hold.
                self.assertIn(status, (0, 1, 6) if arguments == ["verify"] else (0, 6), context)
                self.assertIsNone(NEVER.search(err), context)
                if status == 6:
                    self.check_message(err, context)
                self.assertEqual(self.temporary_files(), [], context)
                if arguments[0] not in ("run", "import", "export"):
                    self.assertEqual(self.db.read_bytes(), before, context)
                self.verify()
                tried += 1
        tally("disk", "a store that cannot be read", tried)

    def test_a_write_cut_short_is_gone_on_with(self):
        self.make_template(answered_and_exported)
        trials = [(paths, at) for at in range(1, rounds(4, 20))
                  for paths in (self.files_of_trial(), f"{self.directory}/out.csv*")]
        for paths, at in trials:
            self.begin_trial()
            faults = Faults(paths, "write", at, short=True)
            status, _, err, calls = self.with_faults(
                faults, "export", "-o", self.path("out.csv"), "--force")
            self.assertEqual((status, bool(calls)), (0, True), err)
            check_export(self)
        self.verify()
        tally("disk", "a write that is done by half", len(trials))


def add_verb(verb):
    name = "test_" + re.sub(r"\W+", "_", verb.name) + "_on_a_failing_disk_loses_nothing"
    setattr(DiskFaults, name, lambda self: self.try_verb(verb))


for each in VERBS:
    add_verb(each)


class Staging(DiskCase):
    """A list too long for memory, whose rows are staged in a file beside the store."""
    MANY = 24_000  # with the ids of write_list() more than 64 KiB of rows and 4 MiB of keys

    def write_list(self):
        # Sorted they stand otherwise than in the list.
        self.write_ids((f"{i * 7919 % self.MANY:06}{'x' * 194}" for i in range(self.MANY)), "long.csv")

    def content(self):
        """All that the store holds, but for who works on it."""
        with sqlite3.connect(self.db) as db:
            lines = [line for line in db.iterdump() if not line.startswith('INSERT INTO "workers"')]
        db.close()
        return lines

    def import_list(self, faults):
        self.begin_trial()
        return self.with_faults(faults, "import", self.path("long.csv"))

    def prepare(self):
        import_ids(self)
        self.write_list()

    def test_rows_that_cannot_be_staged_are_not_imported_at_all(self):
        self.make_template(Staging.prepare)
        before = self.content()
        staging = f"{self.db}-import-*"
        status, _, err, calls = self.import_list(Faults(staging, "open,write,read"))
        self.assertEqual(status, 0, err)
        totals = {kind: sum(call.kind == kind for call in calls) for kind in ("open", "write", "read")}
        size = sum(int(call.detail) for call in calls if call.kind == "write")
        self.assertEqual(totals["open"], 1)
        # The rows, and most of their keys as a sorted run; both are read again.
        self.assertGreater(size, 1.5 * 200 * self.MANY)
        self.assertGreater(totals["read"], 1)
        last = totals["write"]
        trials = [("open", 1, "ENOSPC"), ("write", 1, "ENOSPC"), ("write", 2, "EIO"),
                  ("write", last // 2, "EIO"), ("write", last, "ENOSPC"), ("read", 1, "EIO"),
                  ("read", totals["read"], "EIO")]
        if LONG:
            trials += [(kind, at, error) for kind in ("write", "read")
                       for at in range(1, totals[kind] + 1, 5) for error in ("EIO", "EDQUOT")]
        for i, (kind, at, error) in enumerate(trials):
            faults = Faults(staging, kind, at, error, lasting=i % 2 == 0)
            status, out, err, calls = self.import_list(faults)
            context = f"{faults}\n{out}{err}"
            self.assertEqual(status, 6, context)
            self.check_message(err, context, of=f"{self.db}-import-")
            self.assertIn(words_of(error), err, context)
            self.assertEqual(len([call for call in calls if call.error]), 1, context)  # gives up at once
            self.assertEqual(self.temporary_files(), [], context)
            self.assertEqual(self.content(), before, context)
        self.run_dogged("import", self.path("long.csv"))  # in the store of the last trial
        self.assertEqual(sum(self.states().values()), IDS + self.MANY)
        self.assertEqual(self.temporary_files(), [])
        self.verify()
        tally("disk", "no room for the rows of an import beside the store", len(trials))


class FillingServer(Server):
    """Makes a file, while which is there the disk is full, before it answers one of its requests."""

    def __init__(self):
        self.full, self.left = None, 0
        super().__init__(self.answer)

    def fill_at(self, nth, full):
        with self.lock:
            self.full, self.left = full, nth

    def answer(self, _):
        with self.lock:
            self.left -= 1
            if self.left == 0:
                self.full.touch()
        return 200, {}

    def requests(self):
        """As Standin has them."""
        return [(at, 200, path) for at, path in super().requests()]


class FillingUp(DiskCase):
    """Disks that fill up while the program lives, and that have room again."""

    def setUp(self):
        super().setUp()
        self.server = FillingServer()
        self.addCleanup(self.server.close)

    def run_until_full(self, lasting):
        """A run whose disk is full from the 60th answer on; (status, stderr)."""
        self.make_template(lambda case: case.write_ids(range(1, 401)))
        self.run_dogged("import", self.path("ids.csv"), "--url", self.server.url)
        self.seen = len(self.server.requests())
        full = self.base / "full"
        full.unlink(missing_ok=True)
        self.faults = Faults(self.files_of_trial(), FULL, 1, "ENOSPC", lasting, only_while=full,
                             log=self.path("faults.log"))
        self.server.fill_at(60, full)
        process = self.start("run", "-j", "8")
        self.faults = None
        status, _, err = self.finish(process)
        full.unlink()
        self.assertTrue([c for c in read_calls(self.path("faults.log")) if c.error])
        return status, err

    def go_on_to_the_end(self):
        """Goes on with room: nothing that was kept is asked again. How many were."""
        answered = {path.rsplit("/", 1)[1] for _, status, path in self.server.requests()[self.seen:]
                    if status in (200, 404)}
        committed, seen = self.settled(), len(self.server.requests())
        self.verify()
        self.run_dogged("run", "-j", "8")
        self.assertEqual(len(self.settled()), 400)
        again = self.asked_since(seen)
        self.assertEqual(committed.intersection(again), set())
        self.verify()
        return len(answered - committed)

    def test_a_run_whose_disk_fills_up_ends_with_6_and_resumes(self):
        for _ in range(rounds(1, 20)):
            status, err = self.run_until_full(lasting=True)
            self.assertEqual(status, 6, err)
            self.check_message(err, err)
            self.assertNotIn("warning:", err)
            self.go_on_to_the_end()
        tally("disk", "a disk that fills up during a run", rounds(1, 20))

    def test_a_run_whose_disk_has_room_again_keeps_what_came_in_meanwhile(self):
        for _ in range(rounds(1, 20)):
            status, err = self.run_until_full(lasting=False)
            # The call that failed may have been none that matters: a truncated log, say.
            self.assertIn(status, (0, 6), err)
            # Lost are answers that were on their way when the run ended.
            self.assertLessEqual(self.go_on_to_the_end(), 8)
        tally("disk", "a disk that is full for a moment during a run", rounds(1, 20))

    def test_a_run_does_not_begin_on_a_nearly_full_disk_and_an_import_warns(self):
        self.make_template(import_ids)
        self.begin_trial()
        faults = Faults("/nowhere", "", free=50 << 20)
        status, _, err, _ = self.with_faults(faults, "run")
        self.assertEqual(status, 6, err)
        self.assertIn("50.0 MB", err)
        self.assertIn("100.0 MB or more", err)
        self.assertIn(str(self.db), err)
        self.assertEqual(self.asked_since(0), [])
        self.write_ids(range(100), "more.csv")
        status, _, err, _ = self.with_faults(faults, "import", self.path("more.csv"))
        self.assertEqual(status, 0, err)
        self.assertRegex(err, "warning: .*50.0 MB")
        tally("disk", "less than 100 MB free before a run")

    @unittest.skipUnless(LONG, "looks at the disk every ten seconds: in the long form only")
    def test_a_run_ends_before_the_disk_is_full(self):
        self.make_template(lambda case: case.write_ids(range(1, 1001)))
        server = self.standin("--delay", 500)
        self.run_dogged("import", self.path("ids.csv"), "--url", server.url)
        full = self.base / "full"
        self.faults = Faults("/nowhere", "", free=50 << 20, only_while=full)
        process = self.start("run", "-j", "4")
        self.faults = None
        self.wait_for_requests(server, 5)
        full.touch()
        status, _, err = self.finish(process)
        self.assertEqual(status, 6, err)
        self.assertRegex(err, "error: .*100.0 MB are free.*make room")
        self.assertEqual(len(self.settled()), len(server.requests()))
        tally("disk", "less than 100 MB left during a run")


class OtherFiles(DiskCase):
    """What is written beside the store and the export."""

    def setUp(self):
        super().setUp()
        self.make_template(answered)
        self.begin_trial()

    def raw(self, *arguments, **options):
        """A program whose streams are as `options` say: (exit status, stderr)."""
        options.setdefault("stderr", subprocess.PIPE)
        if "input" not in options:
            options.setdefault("stdin", subprocess.DEVNULL)
        done = subprocess.run(self.command(*arguments), cwd=self.directory, env=self.environment(),
                              text=True, timeout=120, check=False, **options)
        return done.returncode, done.stderr or ""

    def test_a_log_file_on_a_full_disk_costs_its_lines_alone(self):
        log = self.path("run.log")
        for at in range(1, rounds(3, 6)):
            faults = Faults(log, "write", at, "ENOSPC", lasting=True)
            status, _, err, calls = self.with_faults(faults, "export", "-o", self.path(f"{at}.csv"),
                                                     "--log-file", log, "-v")
            self.assertEqual(status, 0, err)
            self.assertIsNone(NEVER.search(err), err)
            self.assertEqual(err.count("run.log"), int(any(c.error for c in calls)), err)
            self.assertEqual(len(self.read_csv(self.path(f"{at}.csv"))), IDS)
        for error in ERRORS:
            status, _, err, _ = self.with_faults(Faults(log, "open", 1, error), "status",
                                                 "--log-file", log)
            self.assertEqual(status, 6, err)
            self.check_message(err, err, of=log)
        tally("disk", "a log file on a full disk", rounds(3, 6) - 1 + len(ERRORS))

    def test_results_for_a_full_stdout_are_an_error_and_for_a_closed_pipe_an_end(self):
        for arguments in (["export", "-o", "-"], ["status"], ["list"], ["status", "--json"]):
            with open("/dev/full", "w") as full:
                status, err = self.raw(*arguments, stdout=full)
            self.assertEqual(status, 6, err)
            self.assertRegex(err, "dogged: .*stdout.*No space left")
            reader, writer = os.pipe()
            os.close(reader)
            status, err = self.raw(*arguments, stdout=writer)
            os.close(writer)
            self.assertEqual(status, 141, err)
            self.assertNotIn("dogged:", err)
        status, err = self.raw("export", "-o", "/dev/full")
        self.assertEqual(status, 6, err)
        self.check_message(err, err, of="/dev/full")
        with open("/dev/full", "w") as full:
            self.assertEqual(self.raw("status", stderr=full, stdout=subprocess.DEVNULL)[0], 0)
            process = self.raw("export", "-o", self.path("out.csv"), stderr=full)
            self.assertEqual(process[0], 0)
        check_export(self)
        tally("disk", "a full stdout, stderr or device, or a closed pipe", 11)

    def test_a_list_from_a_pipe_needs_room_for_itself(self):
        for kinds, at in (("open", 1), ("write", 1), ("write", 2)):
            self.faults = Faults("/tmp|/tmp/#*|/tmp/tmpf*", kinds, at, "ENOSPC", lasting=True)
            status, err = self.raw("import", "-", input="\n".join(map(str, range(20_000))))
            self.faults = None
            self.assertEqual(status, 6, err)
            self.check_message(err, err, of="standard input")
        self.verify()
        self.assertEqual(sum(self.states().values()), IDS)
        tally("disk", "no room for a list from a pipe", 3)

    def test_a_closed_stream_is_not_taken_for_a_file(self):
        told = f"out.csv: {IDS} rows".encode()
        for descriptor in (2, 1, 0):
            self.begin_trial()
            out = pathlib.Path(self.path("out.csv"))
            status, _ = self.raw("export", "-o", out, "-v", stdout=subprocess.DEVNULL,
                                 preexec_fn=lambda number=descriptor: os.close(number))
            self.assertEqual(status, 0)
            check_export(self)
            for path in self.directory.iterdir():
                self.assertNotIn(told, path.read_bytes(), path)
            self.verify()
        status, err = self.raw("status", stdout=None, preexec_fn=lambda: os.close(1))
        self.assertEqual(status, 1)
        self.assertIn("stdout", err)
        tally("disk", "stdin, stdout or stderr closed from the start", 4)


class PowerLoss(DiskCase):
    """In which order things reach the disk: a name stands for nothing that is not there yet."""

    def calls_of(self, target, *arguments, status=0):
        self.begin_trial()
        faults = Faults(f"{self.directory}/{target}*|{self.directory}",
                        CHANGES + ",close")
        got, _, err, calls = self.with_faults(faults, *arguments)
        self.assertEqual(got, status, err)
        return calls

    def check_order(self, calls, target, naming):
        """All writes, then the file's sync, then its name, then the directory's sync."""
        final, folder = self.path(target), str(self.directory)
        named = [i for i, c in enumerate(calls) if c.kind == naming and c.detail == final]
        self.assertEqual(len(named), 1, calls)
        temporary = calls[named[0]].path
        self.assertTrue(temporary.startswith(final + ".tmp-"), calls)
        writes = [i for i, c in enumerate(calls) if c.kind in ("write", "truncate", "allocate")
                  and c.path == temporary]
        syncs = [i for i, c in enumerate(calls) if c.kind == "sync" and c.path == temporary]
        folders = [i for i, c in enumerate(calls) if c.kind == "sync" and c.path == folder]
        closes = [i for i, c in enumerate(calls) if c.kind == "close" and c.path == temporary]
        self.assertTrue(writes and syncs and folders and closes, calls)
        self.assertLess(writes[-1], syncs[-1], calls)
        self.assertLess(syncs[-1], closes[-1], calls)
        self.assertLess(closes[-1], named[0], calls)
        self.assertLess(named[0], folders[-1], calls)
        # And nothing is written under the final name.
        self.assertEqual([c for c in calls if c.path == final and c.kind in ("write", "truncate")], [])

    def test_an_export_is_on_the_disk_before_its_name_is(self):
        self.make_template(answered)
        for suffix in ("csv", "jsonl"):
            target = f"out.{suffix}"
            calls = self.calls_of(target, "export", "-o", self.path(target))
            self.check_order(calls, target, "rename")
        self.make_template(answered_and_exported)
        calls = self.calls_of("out.csv", "export", "-o", self.path("out.csv"), "--force")
        self.check_order(calls, "out.csv", "rename")
        tally("power loss", "an export's writes, sync, name and directory in this order", 3)

    def test_a_copy_is_on_the_disk_before_its_name_is(self):
        self.make_template(answered)
        calls = self.calls_of("copy.db", "copy", "--to", self.path("copy.db"))
        self.check_order(calls, "copy.db", "link")
        tally("power loss", "a copy's writes, sync, name and directory in this order")

    def test_rejects_are_on_the_disk_before_their_name_is(self):
        self.make_template(imported)
        calls = self.calls_of("rejects.csv", "import", self.path("more.csv"), "--rejects",
                              self.path("rejects.csv"), status=3)
        self.check_order(calls, "rejects.csv", "rename")
        tally("power loss", "a rejects file's writes, sync, name and directory in this order")

    def test_what_is_reported_as_imported_is_on_the_disk(self):
        self.make_template(lambda case: case.write_ids(range(1, IDS + 1)))
        self.begin_trial()
        faults = Faults(f"{self.db}|{self.db}-wal", "write,sync,truncate")
        status, _, err, calls = self.with_faults(faults, "import", self.path("ids.csv"), "--url",
                                                 self.server.url)
        self.assertEqual(status, 0, err)
        for path in (str(self.db), f"{self.db}-wal"):
            kinds = [c.kind for c in calls if c.path == path]
            self.assertIn("write", kinds)
            self.assertIn("sync", kinds)
            self.assertNotIn("write", kinds[len(kinds) - kinds[::-1].index("sync"):], path)
        tally("power loss", "an import's last write is followed by a sync")
