// SPDX-License-Identifier: MIT
#pragma once

#include "tests/faults/settings.h"
#include "tests/faults/trap.h"

#include <cstddef>

namespace dogged::faults {

// Where a call names its file: by a descriptor, or by one or two paths.
enum class Names { descriptor, path, path_at, two_paths, two_paths_at, mapped };

struct WatchedCall {
  TrappedCall call;
  Kind kind;
  Names names;
  int bytes;  // the argument that says how many; -1: none does
};

// The calls that change files, or tell of them. nullptr: not among them.
const WatchedCall* find_call(long number);

// Those of `kinds`, into `calls`, which has room for kMostCalls. How many.
inline constexpr std::size_t kMostCalls = 48;
std::size_t calls_of(unsigned kinds, TrappedCall (&calls)[kMostCalls]);

}  // namespace dogged::faults
