# SPDX-License-Identifier: MIT
"""The binary is linked and compiled hardened. ctest sets DOGGED, DOGGED_LIBRARY (our objects) and READELF."""
import os
import platform
import re
import subprocess
import unittest

DOGGED = os.environ["DOGGED"]
LIBRARY = os.environ["DOGGED_LIBRARY"]
FORTIFIED = os.environ["DOGGED_FORTIFIED"] == "1"
IS_X86 = platform.machine() in ("x86_64", "i686")
ENDBR64 = bytes.fromhex("f30f1efa")
UBSAN_MARK = b"\xeb\x06v2"  # of clang's -fsanitize=function


def readelf(*arguments):
    return subprocess.run([os.environ["READELF"], "-W", *arguments], check=True, capture_output=True, text=True).stdout


class Hardening(unittest.TestCase):
    def test_the_binary_stands_at_a_random_place(self):
        self.assertRegex(readelf("-h", DOGGED), r"Type:\s+DYN \(Position-Independent Executable file\)")
        self.assertRegex(readelf("-d", DOGGED), r"\(FLAGS_1\).*\bPIE\b")

    def test_relocations_are_done_before_main_and_read_only_then(self):
        self.assertRegex(readelf("-l", DOGGED), r"\bGNU_RELRO\b")
        self.assertRegex(readelf("-d", DOGGED), r"\(FLAGS\)\s+BIND_NOW|\(BIND_NOW\)|\(FLAGS_1\).*\bNOW\b")

    def test_nothing_can_be_written_and_run(self):
        segments = re.findall(r"^\s+(\w+)\s+0x.*\s([R ][W ][E ])\s+0x", readelf("-l", DOGGED), re.MULTILINE)
        self.assertIn(("GNU_STACK", "RW "), segments)
        self.assertEqual([s for s in segments if "W" in s[1] and "E" in s[1]], [])

    def test_it_searches_no_path_of_its_own_for_libraries(self):
        self.assertNotRegex(readelf("-d", DOGGED), r"\((RPATH|RUNPATH)\)")

    def test_stacks_are_guarded(self):
        self.assertIn("__stack_chk_fail", readelf("--dyn-syms", DOGGED))

    @unittest.skipUnless(FORTIFIED, "only optimised builds without sanitizers are fortified")
    def test_copies_know_the_size_of_their_target(self):
        self.assertRegex(readelf("--dyn-syms", DOGGED), r" __(?!stack)\w+_chk@")

    # The property of the whole binary is there only where the C library's start files have it too,
    # which Debian 12's have not: so it is asked of each object of ours.
    @unittest.skipUnless(IS_X86, "control flow protection of x86")
    def test_each_object_of_ours_has_control_flow_protection(self):
        members = readelf("-n", LIBRARY).split("\nFile: ")
        self.assertGreater(len(members), 100)
        without = [m.split("\n", 1)[0] for m in members if ".cpp.o" in m and not re.search(r"IBT, SHSTK", m)]
        self.assertEqual(without, [])

    @unittest.skipUnless(IS_X86, "control flow protection of x86")
    def test_functions_begin_where_a_jump_may_land(self):
        address = int(re.search(r"\s([0-9a-f]{16})\s.*\bFUNC\b.*\bmain$", readelf("-s", DOGGED), re.MULTILINE)[1], 16)
        for offset, start, size in re.findall(r"LOAD\s+0x(\w+) 0x(\w+) 0x\w+ 0x(\w+)", readelf("-l", DOGGED)):
            into = address - int(start, 16)
            if 0 <= into < int(size, 16):
                with open(DOGGED, "rb") as file:
                    file.seek(int(offset, 16) + into)
                    first = file.read(4)
                if first == UBSAN_MARK:
                    self.skipTest("UndefinedBehaviorSanitizer marks the beginnings of functions itself")
                self.assertEqual(first, ENDBR64)
                return
        self.fail("main stands in no segment")


if __name__ == "__main__":
    unittest.main()
