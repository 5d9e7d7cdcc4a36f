// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace dogged {

// What is said where memory ran out and there is none to say more; ends with a line feed.
inline constexpr char kOutOfMemory[] = "dogged: out of memory; nothing in the store is lost\n";

// std::bad_alloc unwinds to main or to the thread's body. Where it cannot, as in a destructor that
// must not throw, std::terminate comes: from now on that says kOutOfMemory and ends the process
// with `status` instead of aborting. The store outlives that as it does a kill. Called once, before
// threads start.
void end_in_words_without_memory(int status);

// The same at once, for libraries that ask what to do where there is none.
[[noreturn]] void end_out_of_memory() noexcept;

// For libraries that do not look at what malloc gave them: throws std::bad_alloc unless `bytes`
// more can be had now.
void require_memory(std::size_t bytes);

}  // namespace dogged
