// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"
#include "http/stop_watcher.h"
#include "http/unique_fd.h"

#include <cstddef>
#include <string>

namespace dogged {

// How a read or a write ended.
struct Io {
  enum class Status {
    ok,           // `size` bytes, at least one
    end,          // the peer closed in order
    reset,        // the connection broke; `reason`
    timed_out,    // the deadline passed
    interrupted,  // the run was told to stop
  };
  Status status = Status::ok;
  std::size_t size = 0;
  std::string reason;
};

// A connected TCP socket whose reads and writes end at a deadline, whatever the peer does, and at
// once when the run is told to stop. One thread at a time; the watcher must outlive it.
class Socket {
 public:
  // Takes a connected descriptor and sets it up (blocking, TCP_NODELAY).
  Socket(UniqueFd fd, StopWatcher& watcher);
  ~Socket();
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  // Reads what there is, up to `size`; waits for the first byte.
  Io read(char* to, std::size_t size, SteadyTime deadline);
  // Writes all of it. Never raises SIGPIPE.
  Io write(const char* from, std::size_t size, SteadyTime deadline);

  // What an idle connection holds, without waiting.
  enum class Idle { quiet, bytes, closed };
  Idle peek() const;
  // Waits for something to read, or for the end; Status::ok once there is.
  Io wait_readable(SteadyTime deadline) const;

 private:
  Io wait_until_ready(short events, SteadyTime deadline) const;

  UniqueFd fd_;
  StopWatcher& watcher_;  // synchronises itself
};

}  // namespace dogged
