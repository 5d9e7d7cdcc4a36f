// SPDX-License-Identifier: MIT
#pragma once

namespace dogged {

// What the program says by its exit status. Scripts rely on them: frozen. Where several hold, the
// first of 2, 6, 1, 5, 130, 4, 3, 0 counts.
enum class ExitStatus {
  done = 0,
  error = 1,
  usage = 2,        // or configuration
  rows_failed = 3,  // done, but rows of this run or batch failed or were rejected
  later = 4,        // work is left for later; the time to come back is printed
  systemic = 5,     // stopped by a systemic fault or --max-errors
  store = 6,        // store unavailable, or disk full
  interrupted = 130,
  output_closed = 141,  // what a shell gives for a program that SIGPIPE ended
};

}  // namespace dogged
