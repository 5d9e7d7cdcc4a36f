# SPDX-License-Identifier: MIT
"""What every comparison is given: the programs, a directory, the server, and ways to make stores."""
import contextlib
import hashlib
import pathlib
import re
import shutil
import sqlite3

import lists
import program
import records
import servers


class Programs:
    """What was built; `dogged` may be another one than the build's."""

    def __init__(self, build, dogged=None):
        self.dogged = (dogged or build / "src" / "dogged").resolve()
        self.driver = build / "tests" / "bench" / "store_load"
        self.microbench = build / "tests" / "bench" / "microbench"


class Workshop:
    """with Workshop(...) as shop: nothing of it is left behind but its records, which are made once."""

    def __init__(self, programs, directory, quick, pairs, report):
        self.programs, self.dogged = programs, programs.dogged
        self.quick, self.pairs, self.report = quick, pairs, report
        self.directory = directory / "work"
        self._records = directory / ("records-quick" if quick else "records")
        self._count = self.either(1_000, records.COUNT)
        self._stack = contextlib.ExitStack()
        self._nginx = self._names = self._headers = None

    def __enter__(self):
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        self._stack.callback(shutil.rmtree, self.directory, ignore_errors=True)
        return self

    def __exit__(self, *error):
        self._stack.__exit__(*error)

    def either(self, quick, full):
        return quick if self.quick else full

    @property
    def names(self):
        """(kind, id) of every record that the servers hold."""
        if self._names is None:
            stamp = hashlib.sha256(pathlib.Path(records.__file__).read_bytes()).hexdigest()
            mark = self._records / "stamp"
            if not mark.exists() or mark.read_text() != stamp:
                shutil.rmtree(self._records, ignore_errors=True)
                self._records.mkdir(parents=True)
                records.write_records(self._records, self._count)
                mark.write_text(stamp)
            self._names = records.names(self._count)
        return self._names

    @property
    def nginx(self):
        if self._nginx is None:
            assert self.names
            self._nginx = self._stack.enter_context(
                servers.Nginx(self.directory / "nginx", self._records))
        return self._nginx

    @property
    def headers(self):
        if self._headers is None:
            self._headers = servers.headers_sent(self.dogged, self.directory)
        return self._headers

    @contextlib.contextmanager
    def room(self, name):
        """A directory for one comparison, gone after it."""
        room = self.directory / name
        shutil.rmtree(room, ignore_errors=True)
        room.mkdir()
        try:
            yield room
        finally:
            shutil.rmtree(room, ignore_errors=True)

    def run(self, room, *arguments, **options):
        """dogged, in `room`."""
        return program.run([self.dogged, *arguments], room, **options)

    def drive(self, room, *arguments, **options):
        """The driver of the store layer."""
        return program.run([self.programs.driver, *arguments], room, **options)

    def imported(self, count):
        """A store with `count` shuffled IDs and nothing done, made once. Not to be written to."""
        path = self._imported(count)
        if not path.exists():
            with self.room("imported") as room:
                lists.write_shuffled(room / "ids.csv", count)
                self.run(room, "import", "-q", "ids.csv", "--db", "new.db", "--url",
                         "http://127.0.0.1:1/{id}")
                (room / "new.db").rename(path)
        return path

    def keep_imported(self, count, store):
        """`store` is such a one: it is moved there."""
        store.replace(self._imported(count))

    def _imported(self, count):
        return self.directory / f"imported-{count}.db"

    def import_requests(self, room, store, server, count):
        """A store with `count` requests to `server`, none made yet."""
        lists.write_list(room / "list.csv", self.names, count)
        self.run(room, "import", "-q", "list.csv", "--db", store,
                 "--url", server.origin + "/v1/{kind}/{id}?n={n}", "--key", "{kind}/{id}/{n}")
        (room / "list.csv").unlink()

    def calls_per_job(self, room, jobs, *arguments):
        """System calls a job of a run of its own, by strace -c; and the most frequent, in words."""
        program.run(["strace", "-f", "-c", "-o", "strace.txt", self.dogged, *arguments], room)
        counts = {}
        for line in (room / "strace.txt").read_text().splitlines():
            found = re.match(r"\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$", line)
            if found:
                counts[found[2]] = int(found[1])
        total = counts.pop("total", 0)
        most = sorted(counts.items(), key=lambda item: -item[1])[:7]
        words = ", ".join(f"{name} {n / jobs:.2f}" for name, n in most)
        return total / jobs, words


def copy_store(source, target):
    for suffix in ("", "-wal", "-shm", "-lock"):
        pathlib.Path(f"{target}{suffix}").unlink(missing_ok=True)
    shutil.copyfile(source, target)


def stored_bytes(store):
    return sum(path.stat().st_size for path in (pathlib.Path(f"{store}{s}") for s in ("", "-wal"))
               if path.exists())


def ask(store, sql):
    """The first row of a query."""
    with contextlib.closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as db:
        return db.execute(sql).fetchone()


def expect(holds, words):
    if not holds:
        raise program.Failed(words)
