# SPDX-License-Identifier: MIT
"""Import: a list of shuffled IDs, beside the sqlite3 shell taking the same file into a table of its own
with a unique index. dogged also writes a row for each line, checks and counts them."""
import program
from lists import write_shuffled
from rounds import interleaved, median
from workshop import ask, expect

SHELL = """PRAGMA journal_mode=WAL;
CREATE TABLE t(id INTEGER PRIMARY KEY, k TEXT UNIQUE);
CREATE TEMP TABLE d(k);
.mode csv
.import --skip 1 {file} d
INSERT OR IGNORE INTO t(k) SELECT k FROM d;
"""
MIB = 1 << 20


class Lists:
    """The lists of IDs, each made once, and both ways to take one in."""

    def __init__(self, shop, room):
        self.shop, self.room = shop, room

    def list_of(self, count):
        path = self.room / f"ids-{count}.csv"
        if not path.exists():
            write_shuffled(path, count)
        return path

    def _remove(self, pattern):
        for path in self.room.glob(pattern):
            path.unlink()

    def shell(self, count):
        file = self.list_of(count)
        self._remove("shell.db*")
        ran = program.run(["sqlite3", "shell.db"], self.room, stdin=SHELL.format(file=file.name))
        expect(ask(self.room / "shell.db", "SELECT count(*) FROM t") == (count,), "sqlite3: rows lost")
        return ran

    def dogged(self, count):
        file = self.list_of(count)
        self._remove("dogged.db*")
        ran = self.shop.run(self.room, "import", "-q", file.name, "--db", "dogged.db",
                            "--url", "http://127.0.0.1:1/{id}")
        expect(ask(self.room / "dogged.db", "SELECT (SELECT count(*) FROM jobs), "
                   "(SELECT count(*) FROM inputs)") == (count, count), "dogged: rows lost")
        return ran


def per_row(runs, count):
    return median([1e6 * ran.wall / count for ran in runs])


def import_ids(shop):
    """1,000,000 shuffled IDs, then 10,000,000."""
    small, large = shop.either(20_000, 1_000_000), shop.either(100_000, 10_000_000)
    report = shop.report
    with shop.room("import") as room:
        lists = Lists(shop, room)
        results = interleaved(shop.pairs, {"sqlite3 .import": lambda _: lists.shell(small),
                                           "dogged": lambda _: lists.dogged(small)})
        peer, ours = results["sqlite3 .import"], results["dogged"]
        report.pairs(f"import {small:,} shuffled IDs", "rows/s",
                     [small / ran.wall for ran in ours], "sqlite3 .import",
                     [small / ran.wall for ran in peer], at_least=1.0)
        for name, runs in results.items():
            report.cost(f"import {small:,}", name, runs, lambda _: small)
            report.point(f"import: {name}", small, per_row(runs, small))
        report.bound(f"peak RSS, {small:,} IDs", "MiB",
                     max(ran.peak_rss for ran in ours) / MIB, at_most=64)

        # A third as often: each takes ten times as long.
        many = [lists.dogged(large) for _ in range(max(1, shop.pairs // 3 + 1))]
        report.cost(f"import {large:,}", "dogged", many, lambda _: large,
                    store_bytes=(room / "dogged.db").stat().st_size / large)
        report.point("import: dogged", large, per_row(many, large))
        report.bound(f"cost of a row at {large:,} IDs, by that at {small:,}", "times",
                     per_row(many, large) / per_row(ours, small), at_most=1.3, times=len(many))
        report.bound(f"peak RSS, {large:,} IDs", "MiB",
                     max(ran.peak_rss for ran in many) / MIB, at_most=256)
        shop.keep_imported(large, room / "dogged.db")
        report.point("import: sqlite3 .import", large, per_row([lists.shell(large)], large))
        for size in shop.either((), (10_000, 100_000)):
            report.point("import: dogged", size, per_row([lists.dogged(size) for _ in range(3)], size))
            report.point("import: sqlite3 .import", size,
                         per_row([lists.shell(size) for _ in range(3)], size))
