// SPDX-License-Identifier: MIT
#include "base/stop_signal.h"

#include <doctest/doctest.h>
#include <poll.h>

using namespace dogged;  // NOLINT(google-build-using-namespace)

namespace {

bool readable(int fd) {
  pollfd entry{fd, POLLIN, 0};
  return poll(&entry, 1, 0) == 1;
}

}  // namespace

TEST_CASE("the level rises from none to drain to stop and never falls") {
  StopSignal signal;
  CHECK_FALSE(signal.draining());
  CHECK_FALSE(readable(signal.drain_fd()));
  signal.request_drain();
  CHECK(signal.draining());
  CHECK_FALSE(signal.stopping());
  CHECK(readable(signal.drain_fd()));
  CHECK_FALSE(readable(signal.stop_fd()));
  signal.request_stop();
  CHECK(signal.stopping());
  CHECK(readable(signal.stop_fd()));
  signal.request_drain();
  CHECK(signal.stopping());
}

TEST_CASE("stopping is draining too") {
  StopSignal signal;
  signal.request_stop();
  CHECK(signal.draining());
  CHECK(readable(signal.drain_fd()));
}
