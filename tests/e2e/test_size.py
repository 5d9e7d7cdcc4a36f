# SPDX-License-Identifier: MIT
"""A million IDs: memory stays flat."""
import json
import os
import random
import subprocess
import unittest

from harness import SANITIZED, Case

ROWS = 1_000_000
LIMIT_KB = 64 * 1024


@unittest.skipIf(SANITIZED, "a sanitizer's memory is not the program's")
class Size(Case):
    def peak(self, *arguments):
        """Runs the program; its peak resident memory in kB."""
        process = subprocess.Popen(self.command(*arguments), cwd=self.directory, env=self.environment(),
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        error = process.stderr.read().decode()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        process.stderr.close()
        self.assertEqual(process.returncode, 0, error[-2000:])
        return usage.ru_maxrss

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
