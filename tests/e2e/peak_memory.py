# SPDX-License-Identifier: MIT
"""peak_memory.py COMMAND ...: runs it with its output thrown away and prints its peak resident memory
in kB. A program of its own because a child counts the memory of the process that started it."""
import resource
import subprocess
import sys

status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(status)
