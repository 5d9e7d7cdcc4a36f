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
std::string speed_text(const Speed& speed) {
  std::string text;
  if (speed.rate) {
    add(text, " and ", format_rate(*speed.rate));
  }
  for (const QuotaUse& use : speed.quotas) {
    add(text, " and ", format_quota(use.quota));
  }
  return text;
}

// `per_ms` may be infinite.
double least_ms(double jobs, double per_ms, const QuotaUse& use, WallTime now) {
  constexpr int kMostWindows = 2'000;
  double left = jobs;
  auto free = static_cast<double>(use.left());
  WallTime at = now;
  WallTime end = use.window.end;
  for (int windows = 0; windows < kMostWindows; ++windows) {
    const double can = std::min(free, per_ms * static_cast<double>((end - at).count()));
    if (left <= can) {
      return static_cast<double>((at - now).count()) + left / per_ms;
    }
    left -= can;
    free = static_cast<double>(use.quota.count);
    at = end;
    end = window_of(use.quota, at).end;
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

std::string quotas_json(const std::vector<QuotaUse>& uses) {
  JsonArray quotas;
  for (const QuotaUse& use : uses) {
    JsonObject json;
    json.text("quota", format_quota(use.quota)).number("used", use.used);
    json.number("left", use.left()).time("window_begin", use.window.begin);
    quotas.add(json.time("window_end", use.window.end).str());
  }
  return quotas.str();
}

std::optional<Millis> least_time(std::int64_t jobs, const Speed& speed, WallTime now) {
  if (!speed.rate && speed.quotas.empty()) {
    return std::nullopt;
  }
  const double per_ms =
      speed.rate ? speed.rate->per_second() / 1000 : std::numeric_limits<double>::infinity();
  const auto count = static_cast<double>(jobs);
  double ms = count / per_ms;
  for (const QuotaUse& use : speed.quotas) {
    ms = std::max(ms, least_ms(count, per_ms, use, now));
  }
  return Millis(static_cast<std::int64_t>(std::min(ms, kLongestMs)));
}

std::string time_at_caps(std::int64_t jobs, const Speed& speed, WallTime now) {
  const Millis least = least_time(jobs, speed, now).value_or(Millis(0));
  if (least > Millis(0)) {
    return fmt::format("at least {} at {}", format_duration(least), speed_text(speed));
  }
  return fmt::format("as fast as the server lets, at most {} at once{}",
                     with_thousands(speed.max_concurrency),
                     speed.quotas.empty() ? "" : ", within the quota " + speed_text(speed));
}

}  // namespace dogged
