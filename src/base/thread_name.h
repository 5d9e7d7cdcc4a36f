// SPDX-License-Identifier: MIT
#pragma once

#include <pthread.h>

namespace dogged {

// Names the calling thread for `top -H`, perf and debuggers; 15 characters at most.
inline void name_this_thread(const char* name) {
  (void)pthread_setname_np(pthread_self(), name);
}

}  // namespace dogged
