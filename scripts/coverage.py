#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""coverage.py BUILD [LEAST]: which share of src the tests run on BUILD (a DOGGED_COVERAGE build) has run.

Prints lines and branches of each layer and in total, and the files that miss most lines. Ends with 1 under
LEAST percent of all lines."""
import collections
import json
import os
import subprocess
import sys

WORST = 10


def summary(build):
    target = os.path.join(build, "coverage.json")
    subprocess.run(["gcovr", "--root", ".", "--filter", "src/", "--gcov-executable", "llvm-cov gcov", "-j", "2",
                    "--exclude-unreachable-branches", "--exclude-throw-branches", "--json-summary", target,
                    os.path.join(build, "src")], check=True, stdout=subprocess.DEVNULL)
    with open(target, encoding="utf-8") as file:
        return json.load(file)["files"]


def percent(covered, total):
    return 100 * covered / total if total else 100


def line(name, count):
    lines = percent(count["line_covered"], count["line_total"])
    branches = percent(count["branch_covered"], count["branch_total"])
    return (f"{name:8} {count['line_covered']:6} of {count['line_total']:6} lines {lines:5.1f} %"
            f" {count['branch_covered']:6} of {count['branch_total']:6} branches {branches:5.1f} %")


def main():
    build, least = sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 0
    layers, total = collections.defaultdict(collections.Counter), collections.Counter()
    files = summary(build)
    for file in files:
        count = {k: v for k, v in file.items() if k.endswith(("_total", "_covered"))}
        parts = file["filename"].split("/")
        layers[parts[1] if len(parts) > 2 else "main"].update(count)
        total.update(count)
    for name in ("main", "cli", "engine", "table", "http", "store", "pace", "job", "base"):
        if name in layers:
            print(line(name, layers[name]))
    print(line("src", total))
    for file in sorted(files, key=lambda f: f["line_covered"] - f["line_total"])[:WORST]:
        print(f"{file['line_total'] - file['line_covered']:6} lines not run in {file['filename']}"
              f" ({percent(file['line_covered'], file['line_total']):.0f} %)")
    return 0 if files and percent(total["line_covered"], total["line_total"]) >= least else 1


if __name__ == "__main__":
    sys.exit(main())
