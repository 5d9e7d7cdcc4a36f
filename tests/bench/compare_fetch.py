# SPDX-License-Identifier: MIT
"""Fetching: how fast `dogged run` asks a server that is fast, or one that is slow and takes a thousand at
once, and keeps every answer; beside programs that keep nothing (wrk, curl) and one that keeps the answers
(aiohttp). Rates are those of the server's log, from its first line to its last, the same for all."""
import os
import pathlib
import subprocess

import lists
import program
from rounds import interleaved, median
from workshop import ask, copy_store, expect, stored_bytes

PEERS = pathlib.Path(__file__).parent / "peers"
AT_ONCE = 64


def flat(headers):
    return [word for pair in headers for word in pair]


class Requests:
    """The same requests for all: a list for dogged, paths for wrk, URLs for the others."""

    def __init__(self, shop, room, server, count):
        self.shop, self.room, self.server, self.count = shop, room, server, count
        self.store = room / "bench.db"
        lists.write_paths(room / "paths", shop.names, count)
        shop.import_requests(room, room / "fresh.db", server, count)

    def served(self, command, least, **options):
        """Runs a client; (what it cost, what the server's log says)."""
        self.server.clear()
        ran = program.run(command, self.room, **options)
        served = self.server.served()
        expect(served.ok == len(served.times) and served.ok >= least,
               f"{command[0]}: {served.ok} of {len(served.times)} answered with 200; {least} wanted")
        return ran, served

    def wrk(self, connections, seconds):
        return self.served(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", PEERS / "wrk.lua",
                            self.server.origin, "--", self.room / "paths", *flat(self.shop.headers)], 1)

    def curl(self):
        config = self.room / "curl.conf"
        if not config.exists():
            with open(config, "w", encoding="utf-8") as file:
                for path in (self.room / "paths").read_text().split():
                    file.write(f'url = "{self.server.origin}{path}"\noutput = "/dev/null"\n')
        headers = [word for name, value in self.shop.headers for word in ("-H", f"{name}: {value}")]
        return self.served(["curl", "-s", "--no-progress-meter", "--parallel", "--parallel-max",
                            AT_ONCE, *headers, "-K", config], self.count)

    def aiohttp(self, count):
        lists.write_paths(self.room / "urls", self.shop.names, count, self.server.origin)
        for path in self.room.glob("python.db*"):
            path.unlink()
        return self.served(["/usr/bin/python3", PEERS / "fetch_aiohttp.py", "urls", "python.db",
                            *flat(self.shop.headers)], count)

    def dogged(self, *options):
        copy_store(self.room / "fresh.db", self.store)
        ran, served = self.served([self.shop.dogged, "run", "-q", "--db", self.store, *options],
                                  self.count)
        done, = ask(self.store, "SELECT count(*) FROM jobs WHERE state = 'done'")
        expect(done == self.count, f"dogged: {done} of {self.count} jobs done")
        return ran, served

    def note_of_calls(self, count, *options):
        """System calls a job of dogged's, in a run of its own; None where no process may be traced."""
        if not tracing_is_allowed():
            self.shop.report.note("dogged: system calls not counted: strace may not trace here")
            return None
        self.shop.import_requests(self.room, self.room / "traced.db", self.server, count)
        calls, words = self.shop.calls_per_job(self.room, count, "run", "-q", "--db", "traced.db",
                                               *options)
        self.shop.report.note(f"dogged: {calls:.2f} system calls a job: {words}")
        return calls


def tracing_is_allowed():
    """Many a container forbids it."""
    tried = subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, check=False)
    return tried.returncode == 0


def rates(results):
    return [served.rate for _, served in results]


def costs(results):
    return [ran for ran, _ in results]


def report_costs(shop, name, results, count, **dogged):
    jobs = {id(ran): len(served.times) for runs in results.values() for ran, served in runs}
    for peer, runs in results.items():
        shop.report.cost(name, peer, costs(runs), lambda ran: jobs[id(ran)],
                         **(dogged if peer == "dogged" else {}))
    shop.report.point(f"{name}: dogged", count,
                      median([1e6 * served.seconds / count for _, served in results["dogged"]]))


def bytes_stored(store, count):
    answer, = ask(store, "SELECT avg(length(CAST(body AS BLOB))) FROM answers")
    return {"store_bytes": stored_bytes(store) / count, "answer_bytes": answer}


def fetch(shop):
    """100,000 URLs from a fast server."""
    count, few = shop.either(2_000, 100_000), shop.either(200, 5_000)
    with shop.room("fetch") as room:
        requests = Requests(shop, room, shop.nginx.fast, count)
        results = interleaved(shop.pairs, {
            f"wrk -t1 -c{AT_ONCE}": lambda _: requests.wrk(AT_ONCE, shop.either(1, 3)),
            "dogged": lambda _: requests.dogged(),
            "curl --parallel": lambda _: requests.curl(),
            "aiohttp + sqlite3": lambda _: requests.aiohttp(few)})
        what, targets = f"fetch {count:,} URLs, fast server", (0.5, 1.5, None)
        for (peer, runs), least in zip([p for p in results.items() if p[0] != "dogged"], targets):
            shop.report.pairs(what, "requests/s", rates(results["dogged"]), peer, rates(runs),
                              at_least=least)
        report_costs(shop, "fetch", results, count, **bytes_stored(requests.store, count),
                     calls=requests.note_of_calls(shop.either(300, 20_000)))
        for size in shop.either((), (1_000, 10_000)):
            (room / str(size)).mkdir()
            sized = Requests(shop, room / str(size), shop.nginx.fast, size)
            shop.report.point("fetch: dogged", size, 1e6 * sized.dogged()[1].seconds / size)


def concurrency(shop):
    """200,000 IDs from a server that takes 50 ms for each."""
    count, at_once = shop.either(1_500, 200_000), shop.either(100, 1_000)
    with shop.room("concurrency") as room:
        requests = Requests(shop, room, shop.nginx.slow, count)
        results = interleaved(shop.pairs, {
            f"wrk -t1 -c{at_once}": lambda _: requests.wrk(at_once, shop.either(1, 10)),
            "dogged": lambda _: requests.dogged("-j", at_once)})
        peer = f"wrk -t1 -c{at_once}"
        shop.report.pairs(f"fetch {count:,} IDs, 50 ms server, -j {at_once}",
                          "requests/s", rates(results["dogged"]), peer, rates(results[peer]),
                          at_least=0.75)
        report_costs(shop, "concurrency", results, count)
        shop.report.bound(f"peak RSS at -j {at_once}", "MiB",
                          max(ran.peak_rss for ran, _ in results["dogged"]) / (1 << 20), at_most=150)
