# SPDX-License-Identifier: MIT
"""A long run: whether its last jobs cost what its first did, and how soon it goes on after a kill."""
import subprocess
import time

import program
from rounds import median
from workshop import ask, copy_store, expect

MIB = 1 << 20
LONG_LOG = 128  # MiB of write-ahead log from which dogged itself warns


def long_run(shop):
    """1,000,000 jobs from a fast server, at one go, three times."""
    count = shop.either(5_000, 1_000_000)
    report, server = shop.report, shop.nginx.fast
    runs, last_by_first, seconds = [], [], []
    with shop.room("long") as room:
        store = room / "bench.db"
        wal = f"{store}-wal"
        shop.import_requests(room, room / "fresh.db", server, count)
        for _ in range(shop.either(1, 3)):
            copy_store(room / "fresh.db", store)
            server.clear()
            runs.append(shop.run(room, "run", "-q", "--db", store, watch=[wal]))
            served = server.served()
            expect(served.ok == count, f"{served.ok} of {count} requests answered with 200")
            expect(ask(store, "SELECT count(*) FROM answers") == (count,), "answers are missing")
            tenths = rates_of_tenths(served.times, count)
            report.note("requests/s by tenths of the run: "
                        + ", ".join(f"{t:,.0f}" for t in tenths))
            last_by_first.append(tenths[-1] / tenths[0])
            seconds.append(served.seconds)
    report.bound(f"{count:,} jobs: the last tenth's rate, by the first's", "times",
                 median(last_by_first), at_least=0.9, times=len(runs))
    report.bound("largest write-ahead log", "MiB", max(ran.peaks[wal] for ran in runs) / MIB,
                 at_most=LONG_LOG)
    report.cost("long", "dogged", runs, lambda _: count)
    report.point("fetch: dogged", count, 1e6 * median(seconds) / count)


def rates_of_tenths(times, count):
    marks = [times[min(i * count // 10, count - 1)] for i in range(11)]
    return [count / 10 / max(end - begin, 0.001) for begin, end in zip(marks, marks[1:])]


def resume(shop):
    """The first request after kill -9, 1,000,000 jobs in the store."""
    jobs = shop.either(20_000, 1_000_000)
    server, delays = shop.nginx.fast, []
    with shop.room("resume") as room:
        shop.import_requests(room, room / "fresh.db", server, jobs)
        command = [shop.dogged, "run", "-q", "--db", "bench.db"]
        for _ in range(shop.pairs):
            copy_store(room / "fresh.db", room / "bench.db")
            kill_midway(command, room, server, shop.either(0.3, 2))
            done, = ask(room / "bench.db", "SELECT count(*) FROM jobs WHERE state = 'done'")
            expect(0 < done < jobs, f"killed after {done} of {jobs} jobs: not midway")
            time.sleep(1.2)  # until the server has logged what the dead one asked
            server.clear()
            began = time.time()
            kill_midway(command, room, server, 0.2)
            delays.append(1e3 * (server.served().times[0] - began))
        shop.report.note("first requests after " + ", ".join(f"{d:.0f}" for d in delays) + " ms")
        shop.report.bound(f"first request after kill -9, {jobs:,} jobs, median", "ms",
                          median(delays), at_most=300, times=len(delays))
        shop.report.bound("the slowest of them", "ms", max(delays), at_most=300,
                          times=len(delays))


def kill_midway(command, room, server, seconds):
    """Starts a run and kills it so long after the server began to log its requests."""
    process = subprocess.Popen(command, cwd=room, env=program.clean_environment(),
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, preexec_fn=program.die_with_parent)
    try:
        deadline = time.monotonic() + 30
        while server.log.stat().st_size == 0 and process.poll() is None:
            expect(time.monotonic() < deadline, "the run asks nothing")
            time.sleep(0.002)
        time.sleep(seconds)
    finally:
        process.kill()
        process.wait()
