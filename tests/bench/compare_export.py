# SPDX-License-Identifier: MIT
"""Export: answers of 1.5 KB, five columns of each, beside the sqlite3 shell with json_extract on the same
store. dogged writes seven columns more, the state and time of each row among them."""
import csv
import itertools

import program
from lists import write_shuffled
from rounds import interleaved, median
from workshop import expect, stored_bytes

COLUMNS = {"title": "/title", "artist": "/artist/name", "year": "/year", "city": "/place/city",
           "dimensions": "/dimensions"}
BODY_BYTES = 1_500


def select():
    columns = ", ".join(f"json_extract(a.body, '${path.replace('/', '.')}') AS {name}"
                        for name, path in COLUMNS.items())
    # By jobs alone, as each line of this list has one: less work than dogged's.
    return (f"SELECT j.key AS id, {columns} FROM jobs j JOIN answers a ON a.job_id = j.id "
            "ORDER BY j.id;")


class Store:
    """`count` jobs, all answered."""

    def __init__(self, shop, room, count):
        self.shop, self.room, self.count = shop, room, count
        write_shuffled(room / "ids.csv", count)
        shop.run(room, "import", "-q", "ids.csv", "--db", "bench.db", "--url",
                 "http://127.0.0.1:1/{id}")
        shop.drive(room, "bench.db", count, "--body", BODY_BYTES)

    def dogged(self, *columns):
        return self.shop.run(self.room, "export", "-q", "--db", "bench.db", "-o", "dogged.csv",
                             "--force", *columns)

    def five(self):
        return self.dogged(*(word for name, path in COLUMNS.items()
                             for word in ("--add", f"{name}={path}")))

    def shell(self):
        return program.run(["sqlite3", "-csv", "-header", "-readonly", "bench.db", select()], self.room,
                           stdout=self.room / "shell.csv")


def same_rows(room, count):
    """Both files, parsed: the same values in the columns that both have."""
    rows = 0
    with open(room / "dogged.csv", encoding="utf-8", newline="") as ours, \
         open(room / "shell.csv", encoding="utf-8", newline="") as theirs:
        ours, theirs = csv.reader(ours), csv.reader(theirs)
        header, wanted = next(ours), next(theirs)
        places = [header.index(name) for name in wanted]
        for row, other in itertools.zip_longest(ours, theirs, fillvalue=()):
            if [row[place] for place in places] != other:
                raise program.Failed(f"row {rows + 1} differs: dogged {row}, sqlite3 {other}")
            rows += 1
    expect(rows == count, f"{rows} rows exported of {count}")


def export(shop):
    """1,000,000 answers of 1.5 KB, five columns."""
    count = shop.either(20_000, 1_000_000)
    report = shop.report
    with shop.room("export") as room:
        store = Store(shop, room, count)
        results = interleaved(shop.pairs, {"sqlite3 -csv": lambda _: store.shell(),
                                           "dogged": lambda _: store.five(),
                                           "dogged, --add auto": lambda _: store.dogged("--add", "auto")})
        store.five()
        same_rows(room, count)
        report.note(f"the two files hold the same {count:,} rows")
        peer, ours, auto = results.values()
        speed = {name: [count / ran.wall for ran in runs] for name, runs in results.items()}
        report.pairs(f"export {count:,} answers, 5 columns", "rows/s", speed["dogged"],
                     "sqlite3 -csv", speed["sqlite3 -csv"], at_least=1.5)
        report.pairs(f"export {count:,} answers, --add auto", "s", [r.wall for r in auto],
                     "dogged, 5 columns", [r.wall for r in ours], at_most=2.0)
        stored = {"store_bytes": stored_bytes(room / "bench.db") / count}
        for name, runs in results.items():
            report.cost("export", name, runs, lambda _: count, **(stored if name == "dogged" else {}))
        report.bound(f"peak RSS, export of {count:,}", "MiB",
                     max(ran.peak_rss for ran in ours + auto) / (1 << 20), at_most=64)
        report.point("export: dogged", count, median([1e6 * r.wall / count for r in ours]))
        report.point("export: sqlite3 -csv", count, median([1e6 * r.wall / count for r in peer]))
    for size in shop.either((), (10_000, 100_000)):
        with shop.room("export") as room:
            store = Store(shop, room, size)
            for name, measure in (("dogged", store.five), ("sqlite3 -csv", store.shell)):
                report.point(f"export: {name}", size,
                             median([1e6 * measure().wall / size for _ in range(3)]))
