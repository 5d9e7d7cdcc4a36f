// SPDX-License-Identifier: MIT
#include "engine/signal_watch.h"

#include <doctest/doctest.h>

#include <future>

namespace dogged {
namespace {

TEST_CASE("a drain and a stop each wake once") {
  StopSignal signal;
  std::promise<void> drained;
  std::promise<void> stopped;
  int calls = 0;  // the watch's thread only, until it has ended
  {
    const SignalWatch watch(signal, [&] {
      ++calls;
      (calls == 1 ? drained : stopped).set_value();
    });
    signal.request_drain();
    drained.get_future().wait();
    signal.request_stop();
    stopped.get_future().wait();
  }
  CHECK(calls == 2);
}

TEST_CASE("a watch ends without a signal") {
  const StopSignal signal;
  int calls = 0;
  {
    const SignalWatch watch(signal, [&] { ++calls; });
  }
  CHECK(calls == 0);
}

}  // namespace
}  // namespace dogged
