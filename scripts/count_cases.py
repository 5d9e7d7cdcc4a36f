#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""count_cases.py LOG: adds up the test cases that doctest and unittest report in a ctest log, and
prints "passed failed skipped"."""
import re
import sys

text = open(sys.argv[1], encoding="utf-8", errors="replace").read()
passed = failed = skipped = 0
for m in re.finditer(r"test cases:\s+\d+ \|\s+(\d+) passed \|\s+(\d+) failed \|\s+(\d+) skipped", text):
    passed += int(m[1])
    failed += int(m[2])
    skipped += int(m[3])
for m in re.finditer(r"^Ran (\d+) tests? in .*\n\n(?:OK|FAILED)(?: \((.*)\))?$", text, re.M):
    counts = dict(re.findall(r"(\w+)=(\d+)", m[2] or ""))
    bad = int(counts.get("failures", 0)) + int(counts.get("errors", 0))
    left = int(counts.get("skipped", 0))
    passed += int(m[1]) - bad - left
    failed += bad
    skipped += left
print(passed, failed, skipped)
