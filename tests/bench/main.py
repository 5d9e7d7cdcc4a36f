#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The comparisons behind scripts/bench, which installs and builds what they need.

    main.py [--build build/release] [--quick] [NAME...]
"""
import argparse
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import time

import compare_export
import compare_fetch
import compare_import
import compare_long
import compare_size
import machine
import microbenchmarks
import program
import publish
import report
import workshop

TOP = pathlib.Path(__file__).resolve().parents[2]
COMPARISONS = {  # name -> what runs it, and the disk it takes, in GB
    "fetch": (compare_fetch.fetch, 1.5),
    "concurrency": (compare_fetch.concurrency, 2),
    "import": (compare_import.import_ids, 5),
    "export": (compare_export.export, 4),
    "size": (compare_size.at_size, 10),
    "retry": (compare_size.retry, 3),
    "resume": (compare_long.resume, 3),
    "long": (compare_long.long_run, 6),
    "micro": (microbenchmarks.microbenchmarks, 1),
}


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measures dogged beside its peers.")
    parser.add_argument("names", nargs="*", metavar="NAME",
                        help=f"only these: {' '.join(COMPARISONS)} (all)")
    parser.add_argument("--quick", action="store_true",
                        help="one small pair of each, to see that all of it works; judges no times")
    parser.add_argument("--pairs", type=int, help="how often each comparison is made (5)")
    parser.add_argument("--build", type=pathlib.Path, default=TOP / "build" / "release",
                        help="what was built, with DOGGED_BENCH=ON (build/release)")
    parser.add_argument("--program", type=pathlib.Path, help="another dogged to measure")
    parser.add_argument("--directory", type=pathlib.Path, default=TOP / "build" / "bench",
                        help="where stores and lists are made (build/bench)")
    parser.add_argument("--json", type=pathlib.Path, help="where results go (DIRECTORY/results.json)")
    parser.add_argument("--publish", action="store_true",
                        help="put the results, and those that were there of other comparisons, into "
                             "tests/bench/README.md and its plot")
    given = parser.parse_args()
    unknown = [name for name in given.names if name not in COMPARISONS]
    if unknown:
        parser.error(f"no comparison {' '.join(unknown)}; there are: {' '.join(COMPARISONS)}")
    if given.pairs is not None and given.pairs < 1:
        parser.error("--pairs must be 1 or more")
    if given.publish and (given.quick or given.program):
        parser.error("--publish is for what was built here, measured at length")
    return given


def raise_open_files():
    """A thousand connections are two thousand descriptors with those of a peer."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def compare(shop, names, about):
    """Runs them in turn; the names of those that failed or had no room."""
    left_out = []
    for name in names:
        run, gigabytes = COMPARISONS[name]
        shop.report.begin(name, about | {"load_at_start": round(os.getloadavg()[0], 2)})
        free = shutil.disk_usage(shop.directory).free / 1e9
        print(f"== {name}" + ("" if shop.quick else f": {run.__doc__}"), flush=True)
        if not shop.quick and free < gigabytes:
            shop.report.note(f"{name}: skipped: {free:.1f} GB free, {gigabytes} needed")
            left_out.append(name)
            continue
        began = time.monotonic()
        try:
            run(shop)
        except (program.Failed, OSError, subprocess.SubprocessError) as error:
            shop.report.note(f"{name}: FAILED: {error}")
            left_out.append(name)
        except BaseException:
            del shop.report.sections[name]  # half a comparison is none
            raise
        print(f"== {name}: {time.monotonic() - began:.0f} s", flush=True)
    return left_out


def main():
    given = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    raise_open_files()
    given.directory.mkdir(parents=True, exist_ok=True)
    about = machine.describe(TOP, given.directory)
    if given.program:
        about["commit"] = f"of another program, {given.program.name}"
    print(f"{machine.in_words(about)}; load {about['load_at_start']}")
    if about["load_at_start"] > 0.5 and not given.quick:
        print(f"the machine is busy (load {about['load_at_start']}): times will say little")
    results = report.Report(given.quick, sys.stdout)
    pairs = given.pairs or (1 if given.quick else 5)
    path = given.json or given.directory / ("results-quick.json" if given.quick else "results.json")
    programs = workshop.Programs(given.build.resolve(), given.program)
    try:
        with workshop.Workshop(programs, given.directory, given.quick, pairs, results) as shop:
            left_out = compare(shop, given.names or COMPARISONS, about)
    finally:  # what was found before Ctrl-C too
        missed = [line for section in results.sections.values() for line in section.lines
                  if line.met is False]
        results.take_over(path)
        results.sections = {name: results.sections[name] for name in COMPARISONS
                            if name in results.sections}
        results.write_json(path)
    if given.publish:
        publish.publish(results.sections)
    print(f"results: {path}; {len(missed)} targets not met, {len(left_out)} comparisons left out")
    for line in missed:
        print("  " + report.describe(line))
    return 1 if left_out else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
