#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run.py NAME PROGRAM --fault WORDS [--search]: replays the corpus of the fuzz target NAME, then, with
--search, looks for new inputs that break it: 10,000, or for 180 s where DOGGED_LONG is 1, or for
FUZZ_SECONDS.

An input that breaks it is left in the working directory, with what to do about it."""
import argparse
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
LONG = os.environ.get("DOGGED_LONG", "") == "1"
SECONDS = int(os.environ.get("FUZZ_SECONDS", "180" if LONG else "0"))
# The same inputs each time in CI, whatever the speed of the machine, so that it judges the change and not
# the day; others in each long run.
HOW_LONG = [f"-max_total_time={SECONDS}"] if SECONDS else ["-runs=10000", "-max_total_time=60"]
SEED = int(os.environ.get("SEED", random.randrange(1, 2**31) if LONG else 1))
GROUP = "input"


def tally(fault, times):
    """A line for the table of scripts/torture, as tests/torture/tally.h has it."""
    if os.environ.get("DOGGED_TALLY"):
        with open(os.environ["DOGGED_TALLY"], "a", encoding="utf-8") as file:
            file.write(f"{GROUP}\t{fault}\t{times}\t0\n")


class Fuzz(unittest.TestCase):
    target: argparse.Namespace

    def run_target(self, *arguments, limit):
        done = subprocess.run([self.target.program, *map(str, arguments)], stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=limit, check=False)
        return done.returncode, done.stderr.decode(errors="replace")

    def corpus(self):
        return sorted(p for p in (HERE / "corpus" / self.target.name).iterdir() if p.is_file())

    def test_corpus_holds(self):
        files = self.corpus()
        self.assertTrue(files, "a target without a corpus tests nothing")
        status, log = self.run_target(*files, limit=600)
        self.assertEqual(0, status, f"{log[-8000:]}\nthe last input named above breaks {self.target.program}")
        tally(self.target.fault, len(files))

    def test_new_inputs_hold(self):
        dictionary = HERE / "dict" / f"{self.target.name}.dict"
        words = [f"-dict={dictionary}"] if dictionary.exists() else []
        crash = pathlib.Path.cwd() / f"fuzz_{self.target.name}-"
        with tempfile.TemporaryDirectory() as found:  # what it learns stays out of the source tree
            status, log = self.run_target(
                f"-seed={SEED}", *HOW_LONG, "-timeout=120", "-rss_limit_mb=4096",
                "-max_len=4096", "-print_final_stats=1", f"-artifact_prefix={crash}", *words,
                found, HERE / "corpus" / self.target.name, limit=SECONDS + 300)
        artifact = re.search(r"Test unit written to (\S+)", log)
        if artifact:
            self.fail(f"{log[-8000:]}\n{self.target.name} breaks on {artifact[1]}\n"
                      f"  once more: {self.target.program} {artifact[1]}\n"
                      f"  when mended: cp {artifact[1]} {HERE / 'corpus' / self.target.name}/WHAT-IT-IS")
        self.assertEqual(0, status, log[-8000:])
        runs = int(re.search(r"number_of_executed_units:\s*(\d+)", log)[1])
        self.assertGreater(runs, len(self.corpus()))
        print(f"{self.target.name}: {runs:,} inputs (SEED={SEED})", file=sys.stderr)
        tally(self.target.fault, runs)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("program")
    parser.add_argument("--fault", required=True)
    parser.add_argument("--search", action="store_true")
    Fuzz.target = parser.parse_args()
    cases = ["test_corpus_holds"] + (["test_new_inputs_hold"] if Fuzz.target.search else [])
    result = unittest.TextTestRunner().run(unittest.TestSuite(map(Fuzz, cases)))
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
