// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace dogged {

// Where the work on one range puts what it makes. For the thread that was given it.
class RangeOutput {
 public:
  virtual ~RangeOutput() = default;
  // To be asked before each row: false where the work is to end.
  virtual bool go_on() = 0;
  // Takes `piece` and leaves it empty; waits where too much is waiting already. False as above.
  virtual bool put(std::string& piece) = 0;
};

// Makes what stands in range `range` (0, 1, 2 ...). `worker` tells the threads apart.
using RangeWork = std::function<void(std::size_t worker, std::size_t range, RangeOutput& output)>;

// Works through `ranges` with `workers` threads, which take the ranges in order, and hands the
// pieces to `sink` in order too, all of it by the caller's thread: so the bytes do not depend on
// how many work. One worker is the caller itself. What is ahead of its turn waits in at most some
// megabytes. `check` is called by the caller's thread every now and then. What any of the three
// throws ends the work and is thrown here, once all threads have come back.
void work_in_order(std::size_t workers, std::size_t ranges, const RangeWork& work,
                   const std::function<void(std::string_view)>& sink,
                   const std::function<void()>& check);

}  // namespace dogged
