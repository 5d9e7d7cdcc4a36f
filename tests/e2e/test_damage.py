# SPDX-License-Identifier: MIT
"""Files that are not what a store should be: one clear message each, no crash, and verify never calls a
damaged store fine."""
import os
import pathlib
import random
import re
import shutil
import sqlite3
import subprocess
import unittest

from harness import Case, DOGGED, SANITIZED, kill, make_first_schema, rounds, tally

IDS = 300
PAGE = 16384
NOBODY = 65534
NEVER = re.compile(r"internal error|std::|terminate called|Sanitizer|runtime error:|report this")


def some_of(faults):
    """All; under a sanitizer, which takes its time, every third."""
    return list(faults)[::3] if SANITIZED else list(faults)


class DamageCase(Case):
    def setUp(self):
        super().setUp()
        self.server = self.standin()
        self.url = self.server.url
        self.ids = self.write_ids(range(1, IDS + 1))

    def verbs(self):
        """What is done to a store, and the name of it."""
        return {
            "status": ["status"],
            "run": ["run", "--url", self.url, "--max-time", "20s"],
            "import": ["import", self.ids, "--url", self.url],
            "export": ["export", "-o", self.path("out.csv"), "--force"],
            "verify": ["verify"],
        }

    def answered(self):
        self.run_dogged("import", self.ids, "--url", self.url)
        self.run_dogged("run")

    def check_verb(self, name, statuses, *says, what="", **options):
        """Runs a verb: it ends with one of `statuses` and, unless with 0, with one message that says
        `says`. (exit status, stderr)."""
        status, out, err = self.finish(self.start(*self.verbs()[name], **options))
        context = f"{what} {name}: {status}\n{out[-1000:]}\n{err[-1000:]}"
        self.assertIn(status, statuses, context)
        self.assertIsNone(NEVER.search(out + err), context)
        if status in (2, 6):
            lines = [line for line in err.splitlines() if line.startswith(("dogged: ", "error: "))]
            self.assertEqual(len(lines), 1, context)
            for text in says:
                self.assertRegex(lines[0], text, context)
        return status, err


class NoStore(DamageCase):
    """2: what was named is no store. 6: it may be one, but the disk does not let us."""

    def every_verb(self, statuses, *says, **options):
        for name in self.verbs():
            self.check_verb(name, statuses, *says, **options)

    def test_a_missing_directory_is_named(self):
        self.db = self.directory / "nowhere" / "dogged.db"
        self.every_verb((2,), "nowhere", "No such file or directory")
        tally("disk", "a missing directory", len(self.verbs()))

    def test_a_directory_is_no_store(self):
        self.db.mkdir()
        self.every_verb((2,), str(self.db), "directory", "--db")
        tally("disk", "a directory in place of the store", len(self.verbs()))

    def test_a_file_of_another_program_is_left_alone(self):
        notes = b"somebody's notes\n" * 1000
        for content in (notes, b"\0" * 100_000, os.urandom(100_000), b"xy"):
            self.db.write_bytes(content)
            self.every_verb((2,), str(self.db), "another program|no SQLite", "--db")
            self.assertEqual(self.db.read_bytes(), content)
        self.db.unlink()
        with sqlite3.connect(self.db) as db:
            db.execute("CREATE TABLE jobs(x)")
        db.close()
        before = self.db.read_bytes()
        self.every_verb((2,), str(self.db), "another program", "--db")
        self.assertEqual(self.db.read_bytes(), before)
        tally("disk", "a file of another program", 5 * len(self.verbs()))

    def test_an_empty_file_becomes_a_store_by_import_alone(self):
        self.db.touch()
        for name in ("status", "run", "export", "verify"):
            self.check_verb(name, (2,), "no store", "import")
        self.check_verb("import", (0,))
        self.run_dogged("run")
        self.verify()
        tally("disk", "an empty file", 5)

    def test_a_newer_schema_is_left_alone(self):
        self.answered()
        with sqlite3.connect(self.db) as db:
            db.execute("UPDATE settings SET value = '999' WHERE key = 'schema_version'")
        db.close()
        self.every_verb((2,), str(self.db), "999", "newer")
        with sqlite3.connect(self.db) as db:
            self.assertEqual(db.execute("SELECT count(*) FROM answers").fetchall(), [(IDS,)])
        db.close()
        tally("disk", "a newer schema", len(self.verbs()))

    def test_what_only_looks_leaves_an_older_schema_as_it_is(self):
        make_first_schema(self.db)
        before = self.db.read_bytes()
        looking = {"status": [], "verify": [], "list": [], "export": ["-o", "-"],
                   "try": ["17", "--url", self.url]}
        for verb, arguments in looking.items():
            _, err = self.run_dogged(verb, *arguments, expect=2)
            self.assertIn("brings it up to date", err)
            self.assertEqual(self.db.read_bytes(), before, verb)
        self.assertEqual(self.server.requests(), [])
        self.run_dogged("run", "--url", self.url)
        self.verify()

    def test_a_store_that_is_removed_or_moved_during_a_run_ends_it(self):
        moved = self.directory / "elsewhere.db"
        for leave in (self.db.unlink, lambda: self.db.rename(moved)):
            server = self.standin("--delay", 50)
            self.run_dogged("import", self.write_ids(range(5_000)), "--url", server.url)
            process = self.start("run", "-j", 4)
            self.wait_until(lambda: self.states().get("done", 0) >= 20, "answers in the store")
            leave()
            status, _, err = self.finish(process)
            self.assertEqual(status, 6, err)
            self.assertIn("while this program had it open", err)
            for path in self.directory.glob("dogged.db-*"):
                path.unlink()
            tally("disk", "a store that is removed or moved during a run")

    def as_nobody(self):
        if os.geteuid() != 0:
            return {}
        self.directory.chmod(0o777)
        options = {"preexec_fn": lambda: (os.setgid(NOBODY), os.setuid(NOBODY))}
        try:
            subprocess.run([DOGGED, "--version"], check=True, stdout=subprocess.DEVNULL, **options)
        except (OSError, subprocess.CalledProcessError) as error:
            raise unittest.SkipTest(f"nobody but root may run the program here: {error}") from error
        return options

    def test_a_directory_that_may_not_be_written_is_named(self):
        options = self.as_nobody()
        closed = self.directory / "closed"
        closed.mkdir()
        self.db = closed / "dogged.db"
        closed.chmod(0o555)
        self.check_verb("import", (6,), str(self.db), "Permission denied", "permissions", **options)
        for name in ("status", "run", "export", "verify"):
            self.check_verb(name, (2, 6), str(self.db), **options)
        closed.chmod(0o755)
        self.answered()
        (closed / "dogged.db-lock").unlink()
        self.db.chmod(0o644)
        closed.chmod(0o555)
        for name in self.verbs():
            self.check_verb(name, (6,), str(self.db), "Permission denied", "permissions", **options)
        closed.chmod(0o755)
        self.verify()
        tally("disk", "a directory that may not be written", 2 * len(self.verbs()))

    def test_a_store_that_may_not_be_read_is_named(self):
        options = self.as_nobody()
        self.answered()
        self.db.chmod(0o000)
        for name in self.verbs():
            self.check_verb(name, (6,), str(self.db), "permissions", **options)
        self.db.chmod(0o600)
        self.verify()
        tally("disk", "a store that may not be read", len(self.verbs()))


class FullFileSystem(DamageCase):
    """A file system of its own that is full. Where it cannot be mounted, test_disk.py's faults stand
    for it."""

    def setUp(self):
        super().setUp()
        self.mounted = self.directory / "small"
        self.mounted.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "dogged-e2e", self.mounted],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise unittest.SkipTest(f"no file system can be mounted: {done.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "--lazy", self.mounted], check=False)
        self.db = self.mounted / "dogged.db"

    def fill(self):
        filler = self.mounted / "filler"
        with open(filler, "ab", buffering=0) as file:
            try:
                while True:
                    file.write(b"\0" * 4096)
            except OSError:
                pass
        return filler

    def test_a_store_on_a_full_file_system_loses_nothing(self):
        store, self.db = self.db, self.directory / "dogged.db"
        self.answered()
        self.db = pathlib.Path(shutil.move(self.db, store))
        filler = self.fill()
        more = self.write_ids(range(1, 20_000), "more.csv")
        full = {"import": ["import", more], "export": ["export", "-o", str(self.mounted / "out.csv")],
                "run": ["run"], "retry": ["retry", "--not-found"], "limit": ["limit", "-j", "3"],
                "copy": ["copy", "--to", str(self.mounted / "copy.db")], "status": ["status"],
                "verify": ["verify"]}
        for name, command in full.items():
            status, out, err = self.finish(self.start(*command))
            # tmpfs has less than 100 MB anyway: a run says so and does not begin.
            self.assertEqual(status, 6, f"{name}\n{out}{err}")
            self.assertIsNone(NEVER.search(err), err)
            self.assertRegex(err, "(?m)^dogged: .*(No space left|disk is full|are free|disk I/O error).*"
                                  "[;.] .*(free|room|space)")
        self.assertFalse((self.mounted / "out.csv").exists())
        self.assertFalse([p for p in self.mounted.iterdir() if ".tmp-" in p.name])
        filler.unlink()
        self.verify()
        self.assertEqual(self.states(), {"done": IDS})
        self.run_dogged("export", "-o", self.mounted / "out.csv")
        self.assertEqual(len(self.read_csv(self.mounted / "out.csv")), IDS)
        tally("disk", "a store on a full tmpfs", len(full))


class Damaged(DamageCase):
    def setUp(self):
        super().setUp()
        self.answered()
        self.whole = self.directory / "whole"
        self.whole.mkdir()
        self.store_files = [p for p in self.directory.iterdir() if p.name.startswith("dogged.db")]
        for path in self.store_files:
            shutil.copy2(path, self.whole)
        self.seed = int(os.environ.get("SEED", random.randrange(1 << 30)))
        print(f"seed {self.seed}", flush=True)
        self.random = random.Random(self.seed)

    def restore(self):
        for path in self.directory.glob("dogged.db*"):
            path.unlink()
        for path in self.whole.iterdir():
            shutil.copy2(path, self.directory)

    def every_verb_survives(self, what, fine=()):
        """No verb crashes or hangs; verify ends with one of `fine`, or says that it is not."""
        before = {p.name: p.read_bytes() for p in self.directory.glob("dogged.db*")}
        for name in ("verify", "status", "export", "run", "import"):
            for path in self.directory.glob("dogged.db*"):
                path.unlink()
            for file, content in before.items():
                (self.directory / file).write_bytes(content)
            statuses = (1, 2, 6, *fine) if name == "verify" else (0, 1, 2, 3, 6)
            status, err = self.check_verb(name, statuses, what=what)
            if status not in (0, 3):
                self.assertIn(str(self.db), err, what)

    def overwrite(self, offset, content):
        with open(self.db, "r+b") as file:
            file.seek(offset)
            file.write(content)

    def pages_in_use(self):
        """All that hold something; a free page may hold anything."""
        with sqlite3.connect(f"file:{self.db}?immutable=1", uri=True) as db:
            used = [page for (page,) in db.execute("SELECT pageno FROM dbstat")]
        db.close()
        return used

    def test_a_truncated_store_is_told(self):
        size = self.db.stat().st_size
        sizes = some_of([size - PAGE, size // 2, 3 * PAGE, PAGE, PAGE // 2, 100, 16])
        for cut in sizes:
            self.restore()
            os.truncate(self.db, cut)
            self.every_verb_survives(f"truncated to {cut} of {size}")
        tally("disk", "a truncated store", len(sizes))

    def test_a_store_with_pages_overwritten_is_told(self):
        pages = self.pages_in_use()
        count = rounds(3 if SANITIZED else 8, 200)
        for _ in range(count):
            self.restore()
            hit = self.random.sample(pages, self.random.choice((1, 1, 2, 5)))
            for page in hit:
                self.overwrite((page - 1) * PAGE, self.random.randbytes(PAGE))
            self.every_verb_survives(f"pages {hit}")
        tally("disk", "a store with pages overwritten at random", count)

    def test_a_store_with_a_broken_header_is_told(self):
        # The magic, the page size, the format's version, the schema's size, the application's name.
        places = {0: b"SQLite format 4", 16: b"\x00\x03", 18: b"\x09\x09", 20: b"\xff\xff\xff\xff",
                  44: b"\xff\xff\xff\xff", 56: b"\x00\x00\x00\x02", 68: b"\x00\x00\x00\x07",
                  100: b"\xff" * 12}
        for offset, content in some_of(places.items()):
            self.restore()
            self.overwrite(offset, content)
            self.every_verb_survives(f"header at {offset}")
        tally("disk", "a store with a broken header", len(some_of(places)))

    def killed_in_a_run(self):
        """A store whose log holds what was committed last."""
        for path in self.directory.glob("dogged.db*"):
            path.unlink()
        self.run_dogged("import", self.ids, "--url", self.url)
        process = self.start("run", "--rate", "100/s")
        self.wait_until(lambda: self.states().get("done", 0) > 20, "answers")
        kill(process)
        self.assertGreater(pathlib.Path(f"{self.db}-wal").stat().st_size, 0)

    def damaged_log(self, name, damage):
        """The log is only what was added last: without it the store is an older one, and sound."""
        self.killed_in_a_run()
        path = pathlib.Path(f"{self.db}-{name}")
        damage(path)
        self.every_verb_survives(name, fine=(0,))
        self.restore_log_free()

    def restore_log_free(self):
        self.run_dogged("run", "--url", self.url, expect=None)
        status, out, err = self.finish(self.start("verify"))
        self.assertEqual(status, 0, out + err)

    def test_garbage_in_the_log_or_its_index_or_a_lost_log_crashes_nothing(self):
        def overwrite_at(share):
            def damage(path):
                content = bytearray(path.read_bytes())
                at = int(len(content) * share)
                size = min(1000, len(content) - at)
                content[at:at + size] = self.random.randbytes(size)
                path.write_bytes(content)
            return damage
        faults = [("wal", overwrite_at(share)) for share in (0, 0.3, 0.9)]
        faults += [("wal", lambda path: path.write_bytes(self.random.randbytes(100_000))),
                   ("wal", lambda path: path.unlink()),
                   ("wal", lambda path: os.truncate(path, path.stat().st_size // 2 + 77)),
                   ("shm", overwrite_at(0)), ("shm", lambda path: path.unlink()),
                   ("shm", lambda path: path.write_bytes(b"\xff" * 100_000))]
        faults = some_of(faults)
        for name, damage in faults:
            self.damaged_log(name, damage)
        tally("disk", "garbage in the log or its index, or a lost log", len(faults))
