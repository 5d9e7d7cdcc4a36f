// SPDX-License-Identifier: MIT
#include "cli/caps_text.h"

#include "base/text.h"
#include "base/units.h"
#include "cli/json_object.h"
#include "cli/render_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string_view>

namespace dogged {
namespace {

constexpr double kLongestMs = 1e15;  // still a sum that does not overflow

void add(std::string& text, std::string_view separator, const std::string& part) {
  text += (text.empty() ? "" : std::string(separator)) + part;
}

// "300/min and 1000/day"
std::string speed_text(const Caps& caps) {
  std::string text;
  if (caps.rate) {
    add(text, " and ", format_rate(*caps.rate));
  }
  if (caps.quota) {
    add(text, " and ", format_quota(*caps.quota));
  }
  return text;
}

double least_ms(double jobs, double per_ms, const Quota& quota, std::int64_t used, WallTime now) {
  constexpr int kMostWindows = 2'000;
  double left = jobs;
  double free = static_cast<double>(std::max<std::int64_t>(0, quota.count - used));
  WallTime at = now;
  for (int windows = 0; windows < kMostWindows; ++windows) {
    const WallTime end = window_of(quota, at).end;
    const double can = std::min(free, per_ms * static_cast<double>((end - at).count()));
    if (left <= can) {
      return static_cast<double>((at - now).count()) + left / per_ms;
    }
    left -= can;
    free = static_cast<double>(quota.count);
    at = end;
  }
  // After so many windows the rest goes on as it went.
  return static_cast<double>((at - now).count()) * jobs / std::max(1.0, jobs - left);
}

}  // namespace

std::string describe_caps(const Caps& caps) {
  std::string text;
  if (caps.rate) {
    add(text, ", ", format_rate(*caps.rate));
  }
  if (caps.max_concurrency) {
    add(text, ", ", with_thousands(*caps.max_concurrency) + " at once");
  }
  if (caps.quota) {
    add(text, ", ", format_quota(*caps.quota));
  }
  return text.empty() ? "none" : text;
}

std::string caps_json(const Caps& caps) {
  JsonObject json;
  json.raw("rate", string_or_null(caps.rate ? format_rate(*caps.rate) : ""));
  if (caps.max_concurrency) {
    json.number("max_concurrency", std::int64_t{*caps.max_concurrency});
  } else {
    json.raw("max_concurrency", "null");
  }
  json.raw("quota", string_or_null(caps.quota ? format_quota(*caps.quota) : ""));
  return json.str();
}

std::string quota_text(const QuotaUse& use, WallTime now) {
  return fmt::format("{}: {} used, {} left until {} (in {})", format_quota(use.quota),
                     with_thousands(use.used), with_thousands(use.left()),
                     local_time(use.window.end, now), format_duration(use.window.end - now));
}

std::string quota_json(const std::optional<QuotaUse>& use) {
  if (!use) {
    return "null";
  }
  JsonObject json;
  json.text("quota", format_quota(use->quota)).number("used", use->used);
  json.number("left", use->left()).time("window_begin", use->window.begin);
  return json.time("window_end", use->window.end).str();
}

std::optional<Millis> least_time(std::int64_t jobs, const Caps& caps, std::int64_t used,
                                 WallTime now) {
  if (!caps.rate && !caps.quota) {
    return std::nullopt;
  }
  const double per_ms =
      caps.rate ? caps.rate->per_second() / 1000 : std::numeric_limits<double>::infinity();
  const auto count = static_cast<double>(jobs);
  const double ms = caps.quota ? least_ms(count, per_ms, *caps.quota, used, now) : count / per_ms;
  return Millis(static_cast<std::int64_t>(std::min(ms, kLongestMs)));
}

std::string time_at_caps(std::int64_t jobs, const Caps& caps, int max_concurrency,
                         std::int64_t used, WallTime now) {
  const Millis least = least_time(jobs, caps, used, now).value_or(Millis(0));
  if (least > Millis(0)) {
    return fmt::format("at least {} at {}", format_duration(least), speed_text(caps));
  }
  return fmt::format("as fast as the server lets, at most {} at once{}",
                     with_thousands(max_concurrency),
                     caps.quota ? ", within the quota " + format_quota(*caps.quota) : "");
}

}  // namespace dogged
