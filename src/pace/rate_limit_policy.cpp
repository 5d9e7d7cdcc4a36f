// SPDX-License-Identifier: MIT
#include "pace/rate_limit_policy.h"

#include "base/text.h"
#include "pace/retry_after.h"
#include "pace/structured_field.h"

#include <algorithm>
#include <chrono>
#include <initializer_list>

namespace dogged {
namespace {

using std::chrono::duration;

// A reset from there on is no delta but a moment, in seconds, from 1000 times that in milliseconds.
constexpr double kLeastEpoch = 1e9;
constexpr double kLeastEpochMillis = 1e12;
constexpr double kLeastFinerEpoch = 1e14;  // the year 5138 in milliseconds; micro- or nanoseconds

bool is_any_of(std::string_view text, std::initializer_list<std::string_view> names) {
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view name) { return equals_ignoring_case(text, name); });
}

// Nothing for 0; what is longer than any wait comes out as the longest.
std::optional<Millis> span_of(double seconds) {
  constexpr double kLongest = duration<double>(kLongestWait).count();
  if (!(seconds > 0)) {
    return std::nullopt;
  }
  return std::chrono::ceil<Millis>(duration<double>(std::min(seconds, kLongest)));
}

void set_parameter(Policy& policy, const Parameter& parameter, WallTime server_now) {
  const auto [key, value] = parameter;
  if (is_any_of(key, {"q", "l", "limit", "quota"})) {
    policy.quota = parse_decimal(value);
  } else if (is_any_of(key, {"w", "window"})) {
    const auto seconds = parse_decimal(value);
    policy.window = seconds ? span_of(*seconds) : std::nullopt;
  } else if (is_any_of(key, {"r", "remaining"})) {
    policy.remaining = parse_decimal(value);
  } else if (is_any_of(key, {"t", "reset"})) {
    policy.reset = parse_reset(value, server_now);
  } else if (is_any_of(key, {"qu", "unit"})) {
    policy.of_requests = is_any_of(unquoted(value), {"requests", "request"});
  }
}

}  // namespace

std::optional<Millis> parse_reset(std::string_view value, WallTime server_now) {
  auto number = parse_decimal(value);
  if (!number) {
    // Lists put the limit that comes first into the first place.
    std::string_view rest = value;
    number = parse_decimal(take_part(rest, ','));
  }
  if (!number) {
    const auto date = parse_http_date(value, server_now);
    return date ? span_of(duration<double>(*date - server_now).count()) : std::nullopt;
  }
  if (*number < kLeastEpoch) {
    return span_of(*number);
  }
  double seconds = *number;
  for (int unit = 0; unit < 2 && seconds >= kLeastFinerEpoch; ++unit) {
    seconds /= 1000;
  }
  if (seconds >= kLeastEpochMillis) {
    seconds /= 1000;
  }
  return span_of(seconds - duration<double>(server_now.time_since_epoch()).count());
}

Policy parse_policy(std::string_view item, WallTime server_now) {
  Policy policy;
  const Parameter first = split_parameter(take_part(item, ';'));
  if (!first.value.empty()) {
    set_parameter(policy, first, server_now);
  } else if (const auto quota = parse_decimal(first.key); quota && !first.key.starts_with('"')) {
    policy.quota = quota;
  } else {
    policy.name = unquoted(first.key);
  }
  while (!item.empty()) {
    set_parameter(policy, split_parameter(take_part(item, ';')), server_now);
  }
  return policy;
}

}  // namespace dogged
