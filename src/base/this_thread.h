// SPDX-License-Identifier: MIT
#pragma once

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

namespace dogged {

// Names the calling thread for `top -H`, perf and debuggers; 15 characters at most.
inline void name_this_thread(const char* name) {
  (void)pthread_setname_np(pthread_self(), name);
}

// Lets other threads go before the calling one where processors lack, by `more` steps of nice(2).
// Linux keeps that a thread, not a process (setpriority(2), under "C library/kernel differences").
// Where it is not allowed nothing changes.
inline void nice_this_thread(int more) {
  const auto id = static_cast<id_t>(gettid());
  (void)setpriority(PRIO_PROCESS, id, getpriority(PRIO_PROCESS, id) + more);
}

}  // namespace dogged
