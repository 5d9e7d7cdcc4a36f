// SPDX-License-Identifier: MIT
#include "http/time_budget.h"

#include "base/units.h"

#include <fmt/format.h>

#include <algorithm>

namespace dogged {

namespace {

// Far enough for any request, near enough that a time point does not overflow.
constexpr Millis kLongest = std::chrono::hours(24 * 365);

Millis bounded(Millis span) {
  return std::clamp(span, Millis(0), kLongest);
}

}  // namespace

TimeBudget::TimeBudget(SteadyTime start, Millis timeout, Millis connect_timeout)
    : timeout_(bounded(timeout)),
      connect_timeout_(bounded(connect_timeout)),
      end_(start + timeout_) {}

SteadyTime TimeBudget::setup_end(SteadyTime now) const {
  return std::min(end_, now + connect_timeout_);
}

HttpFailure TimeBudget::timed_out(std::string_view doing) const {
  return {HttpFailure::Kind::timed_out,
          fmt::format("timed out after {} while {}", format_duration(timeout_), doing)};
}

HttpFailure TimeBudget::setup_timed_out(HttpFailure::Kind kind, std::string_view doing) const {
  if (std::chrono::steady_clock::now() >= end_) {
    return timed_out(doing);
  }
  return {kind, fmt::format("timed out after {} (the connect timeout) while {}",
                            format_duration(connect_timeout_), doing)};
}

HttpFailure interrupted_failure(std::string_view doing) {
  return {HttpFailure::Kind::interrupted, fmt::format("interrupted while {}", doing)};
}

}  // namespace dogged
