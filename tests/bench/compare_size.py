# SPDX-License-Identifier: MIT
"""What a large store costs: claims and settles, status, list and retry. Claims are the store layer's
alone, by tests/bench's driver: 128 jobs a transaction, durable, an answer of 250 bytes each."""
import json

from rounds import interleaved, median
from workshop import ask, copy_store, expect

BODY_BYTES = 250
MANY_TIMES = 11


class Slices:
    """A store that is settled a slice at a time."""

    def __init__(self, shop, room, jobs, count):
        """Of its jobs the last `count` are left to be settled."""
        self.shop, self.room, self.name = shop, room, f"{jobs}.db"
        copy_store(shop.imported(jobs), room / self.name)
        if jobs > count:
            self.settle(jobs - count)

    def settle(self, count):
        ran = self.shop.drive(self.room, self.name, count, "--body", BODY_BYTES)
        figures = json.loads(ran.out)
        # It settles whole groups, so the last slice may be a little short.
        expect(figures["jobs"] > 0.9 * count, f"{self.name}: {figures['jobs']} settled of {count}")
        return figures


def milliseconds(shop, room, store, *command):
    """Of the program from start to end, many times."""
    runs = [shop.run(room, *command, "--db", store) for _ in range(MANY_TIMES)]
    return median([1e3 * ran.wall for ran in runs]), max(ran.peak_rss for ran in runs)


def at_size(shop):
    """Claim and settle, status and list at 10,000,000 jobs."""
    small, large = shop.either(10_000, 1_000_000), shop.either(40_000, 10_000_000)
    report = shop.report
    with shop.room("size") as room:
        stores = {jobs: Slices(shop, room, jobs, small) for jobs in (small, large)}
        part = small // shop.pairs
        results = interleaved(shop.pairs, {jobs: lambda _, jobs=jobs: stores[jobs].settle(part)
                                           for jobs in stores})
        rates = {jobs: [r["jobs"] / r["seconds"] for r in runs] for jobs, runs in results.items()}
        report.pairs(f"claim and settle at {large:,} jobs", "jobs/s", rates[large],
                     f"at {small:,}", rates[small], at_least=0.9)
        for jobs, runs in results.items():
            cpu = median([1e6 * r["cpu_seconds"] / r["jobs"] for r in runs])
            report.note(f"claim and settle at {jobs:,} jobs: CPU {cpu:.2f} us a job")
            report.point("claim and settle: dogged", jobs, 1e6 / median(rates[jobs]))
        for command, most in (("status", 50), ("list", 100)):
            took, rss = milliseconds(shop, room, f"{large}.db", command)
            report.bound(f"`{command}` at {large:,} jobs", "ms", took, at_most=most,
                         times=MANY_TIMES)
            report.bound(f"peak RSS, `{command}` at {large:,} jobs", "MiB", rss / (1 << 20),
                         at_most=64)


def retry(shop):
    """Retry of 1,000,000 failed jobs."""
    jobs = shop.either(10_000, 1_000_000)
    with shop.room("retry") as room:
        copy_store(shop.imported(jobs), room / "failed.db")
        shop.drive(room, "failed.db", jobs, "--failed")
        runs = []
        for _ in range(shop.pairs):
            copy_store(room / "failed.db", room / "bench.db")
            runs.append(shop.run(room, "retry", "-q", "--db", "bench.db"))
            expect(ask(room / "bench.db", "SELECT count(*) FROM jobs WHERE state = 'ready'") == (jobs,),
                   "retry: jobs are not ready")
        shop.report.bound(f"`retry` of {jobs:,} failed jobs", "s",
                          median([ran.wall for ran in runs]), at_most=5, times=len(runs))
        shop.report.cost("retry", "dogged", runs, lambda _: jobs)
