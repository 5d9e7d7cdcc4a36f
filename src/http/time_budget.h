// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"
#include "http/http_client.h"

#include <string_view>

namespace dogged {

// The time one attempt has: all of it, and the part in which a connection (name, TCP, proxy, TLS)
// must stand. Fixed at the attempt's start, so that no number of addresses or bytes stretches it. A
// value.
class TimeBudget {
 public:
  TimeBudget(SteadyTime start, Millis timeout, Millis connect_timeout);

  SteadyTime end() const { return end_; }
  // When a connection that is begun at `now` must stand; never after end().
  SteadyTime setup_end(SteadyTime now) const;

  // The failure of an attempt whose time ran out, "timed out after 60 s while DOING".
  HttpFailure timed_out(std::string_view doing) const;
  // The failure of a connection that did not stand in time: timed_out() where the attempt's whole
  // time is up, else `kind`.
  HttpFailure setup_timed_out(HttpFailure::Kind kind, std::string_view doing) const;

 private:
  Millis timeout_;
  Millis connect_timeout_;
  SteadyTime end_;
};

HttpFailure interrupted_failure(std::string_view doing);

}  // namespace dogged
