// SPDX-License-Identifier: MIT
#include "base/out_of_memory.h"

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <exception>
#include <new>

namespace dogged {
namespace {

// Handlers have no argument to carry these in.
std::atomic<bool> ran_out{false};
std::atomic<int> exit_status{1};
std::atomic<std::terminate_handler> handler_before{nullptr};

// That an exception is bad_alloc cannot be told where it met a noexcept on its way.
void note_and_throw() {
  ran_out.store(true);
  throw std::bad_alloc();
}

void end_or_abort() {
  if (ran_out.load()) {
    end_out_of_memory();
  }
  if (const std::terminate_handler before = handler_before.load(); before != nullptr) {
    before();  // says what it was, and aborts
  }
  std::abort();
}

}  // namespace

void end_in_words_without_memory(int status) {
  exit_status.store(status);
  (void)std::set_new_handler(note_and_throw);
  handler_before.store(std::set_terminate(end_or_abort));
}

void end_out_of_memory() noexcept {
  const ssize_t written = write(STDERR_FILENO, kOutOfMemory, sizeof kOutOfMemory - 1);
  (void)written;  // there is nowhere left to say so
  _exit(exit_status.load());
}

void require_memory(std::size_t bytes) {
  // Given back at once: what comes next finds it. Volatile, or the compiler may leave both out.
  void* volatile probe = std::malloc(bytes);
  if (probe == nullptr) {
    throw std::bad_alloc();
  }
  std::free(probe);
}

}  // namespace dogged
