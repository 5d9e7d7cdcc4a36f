// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace dogged::faults {

// Which of a system call's uses are trapped, by the argument that tells.
enum class Only {
  any,
  descriptors,         // argument 0 is no standard stream
  open_for_writing,    // argument 1
  openat_for_writing,  // argument 2
  of_a_file,           // mmap's argument 4
};

struct TrappedCall {
  long number;
  Only only;
};

// What stands in for a trapped call: gives back what the call would, failures as -E... Runs in a
// signal handler with all signals blocked, in any thread, several at once.
using Handler = long (*)(long number, const long (&arguments)[6]);

// From now on those calls of this process come to `handler`, whoever makes them. Why a trap of
// the kernel's (seccomp) rather than functions of the same names in front of libc's: stdio and
// mkostemp call the kernel from inside libc, where no function can be put in front.
// Programs that this one starts would die of the trap: they inherit it without the handler.
// Returns 0, or errno where the kernel does not let us. Once, before threads are started.
int trap_calls(const TrappedCall* calls, std::size_t count, Handler handler);

}  // namespace dogged::faults
