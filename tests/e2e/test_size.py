# SPDX-License-Identifier: MIT
"""A million IDs: memory stays flat."""
import json
import pathlib
import random
import subprocess
import sys
import unittest

from harness import SANITIZED, Case

HERE = pathlib.Path(__file__).resolve().parent
ROWS = 1_000_000
LIMIT_KB = 64 * 1024


@unittest.skipIf(SANITIZED, "a sanitizer's memory is not the program's")
class Size(Case):
    def peak(self, *arguments):
        """Runs the program; its peak resident memory in kB."""
        command = [sys.executable, str(HERE / "peak_memory.py"), *self.command(*arguments)]
        result = subprocess.run(command, cwd=self.directory, env=self.environment(), text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(result.returncode, 0, result.stderr[-2000:])
        return int(result.stdout)

    def test_import_status_and_export_of_a_million_ids_stay_under_64_mib(self):
        ids = list(range(10_000_000, 10_000_000 + ROWS))
        random.Random(1).shuffle(ids)
        path = self.write_ids(ids)
        peaks = {
            "import": self.peak("import", path),
            "status": self.peak("status"),
            "list": self.peak("list"),
            "export": self.peak("export", "-o", self.path("out.csv")),
            "verify": self.peak("verify"),
        }
        print(json.dumps(peaks), flush=True)
        with open(self.path("out.csv"), encoding="utf-8") as file:
            next(file)
            self.assertTrue(all(line.startswith(str(i)) for i, line in zip(ids, file, strict=True)))
        self.assertLess(max(peaks.values()), LIMIT_KB, peaks)
