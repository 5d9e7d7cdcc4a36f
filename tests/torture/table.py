#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""table.py TALLY: the lines of a tally file, added up, as a table in Markdown. Ends with 1 where
something was lost or nothing was tried."""
import collections
import pathlib
import sys


def added_up(lines):
    """group -> fault -> [times, losses], in the order in which they were first tried."""
    groups = collections.defaultdict(dict)
    for line in lines:
        group, fault, times, losses = line.split("\t")
        sums = groups[group].setdefault(fault, [0, 0])
        sums[0] += int(times)
        sums[1] += int(losses)
    return groups


def main():
    groups = added_up(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8").splitlines())
    print("| | fault | times | losses |\n|---|---|--:|--:|")
    for group, faults in groups.items():
        for fault, (times, losses) in faults.items():
            print(f"| {group} | {fault} | {times:,} | {losses} |")
    rows = [sums for faults in groups.values() for sums in faults.values()]
    return 0 if rows and not any(losses for _, losses in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
