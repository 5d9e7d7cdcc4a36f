// SPDX-License-Identifier: MIT
#include "pace/quota.h"

#include "base/error.h"
#include "base/text.h"

#include <date/tz.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <stdexcept>
#include <vector>

namespace dogged {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

// More than any server answers, and far from an overflow when it is added up.
constexpr std::int64_t kMostStarts = 1'000'000'000'000'000;
constexpr std::string_view kNoZones =
    "this machine has no time zone data; install the package tzdata, or write the quota in UTC";
constexpr std::string_view kSlimZones =
    "this machine's time zone data has the slim form, which dogged does not read; install tzdata "
    "in "
    "the fat form, or write the quota in UTC";

// What an IANA name is made of. Beside the zones, the system's folder holds files that are none
// ("zone.tab", "leapseconds"), and the library would try to read them.
bool may_be_zone(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '+' || c == '/';
  };
  return !name.empty() && name.front() >= 'A' && name.front() <= 'Z' &&
         std::ranges::all_of(name, fits);
}

std::vector<std::string> zone_names() {
  std::vector<std::string> names;
  for (const date::time_zone& zone : date::get_tzdb().zones) {
    if (may_be_zone(zone.name())) {
      names.push_back(zone.name());
    }
  }
  return names;
}

// "europe/helsinki" is a slip of the same name, however many letters differ.
std::string nearest_zone(const std::string& name, const std::vector<std::string>& names) {
  const auto same = std::ranges::find_if(
      names, [&](const std::string& known) { return equals_ignoring_case(known, name); });
  return same == names.end() ? nearest(name, names) : *same;
}

// Whether the system's files list the changes to come. Files in zic's "slim" form give a rule for
// them instead, which the library does not read: it would take summer time for gone.
bool lists_changes_to_come() {
  constexpr date::sys_seconds kIn2030{std::chrono::seconds(1'893'456'000)};
  try {
    const date::time_zone* const witness = date::locate_zone("America/New_York");
    return witness->get_info(kIn2030).end < kIn2030 + date::days(366);
  } catch (const std::runtime_error&) {
    return true;  // a choice of zones only: nothing to tell by
  }
}

// What to say where `name` is not among the zones of this machine.
Failure no_such_zone(const std::string& name) {
  std::vector<std::string> names;
  try {
    names = zone_names();
  } catch (const std::runtime_error&) {  // no folder of zones: no names, told below
  }
  if (names.empty()) {
    return Failure{std::string(kNoZones)};
  }
  const std::string near = nearest_zone(name, names);
  return Failure{
      fmt::format("this machine knows no time zone '{}'; {}", printable(name),
                  near.empty() ? "write it like Europe/Helsinki" : fmt::format("is it {}?", near))};
}

// The zone's data, which lives as long as the program.
Result<const date::time_zone*> find_zone(const std::string& name) {
  if (!may_be_zone(name)) {
    return no_such_zone(name);
  }
  try {
    const date::time_zone* const zone = date::locate_zone(name);
    (void)zone->get_info(date::sys_seconds{});  // reads its file
    return lists_changes_to_come() ? Result<const date::time_zone*>(zone)
                                   : Failure{std::string(kSlimZones)};
  } catch (const std::runtime_error&) {
    return no_such_zone(name);
  }
}

std::optional<std::int64_t> whole_number(std::string_view digits) {
  std::int64_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value);
  const bool is_number = error == std::errc() && stop == end && digits.front() != '-';
  return is_number ? std::optional(value) : std::nullopt;
}

std::optional<Quota::Per> per_from(std::string_view unit) {
  const std::string word = lower_case(unit);
  if (word == "day" || word == "days" || word == "d") {
    return Quota::Per::day;
  }
  if (word == "h" || word == "hour" || word == "hours") {
    return Quota::Per::hour;
  }
  if (word == "m" || word == "min" || word == "minute" || word == "minutes") {
    return Quota::Per::minute;
  }
  return std::nullopt;
}

// "HH:MM" or "H:MM"; 24:00 is the next day's 00:00 and not accepted.
std::optional<minutes> time_of_day(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon < 1 || colon > 2 || text.size() != colon + 3) {
    return std::nullopt;
  }
  const auto hour = whole_number(text.substr(0, colon));
  const auto minute = whole_number(text.substr(colon + 1));
  if (!hour || !minute || *hour > 23 || *minute > 59) {
    return std::nullopt;
  }
  return hours(*hour) + minutes(*minute);
}

Quota without_needless_zone(Quota quota) {
  if (equals_ignoring_case(quota.zone, "UTC")) {
    quota.zone.clear();
  }
  return quota;
}

WallTime start_of(const date::time_zone& zone, date::local_days day, minutes at) {
  // Where clocks are put forward over the hour, the day begins with the hour that follows; where
  // they are put back, with the first of the two.
  return WallTime(zone.to_sys(day + at, date::choose::earliest).time_since_epoch());
}

QuotaWindow day_of(const date::time_zone& zone, minutes at, WallTime now) {
  const date::sys_time<Millis> instant(now.time_since_epoch());
  const auto today = date::floor<date::days>(zone.to_local(instant));
  // A zone that changed sides of the date line has a day of 48 hours, or one that it skipped: hence
  // two days to either side rather than one.
  QuotaWindow window{WallTime::min(), WallTime::max()};
  for (int offset = -2; offset <= 2; ++offset) {
    const WallTime start = start_of(zone, today + date::days(offset), at);
    if (start <= now) {
      window.begin = std::max(window.begin, start);
    } else {
      window.end = std::min(window.end, start);
    }
  }
  return window;
}

template <typename Unit>
QuotaWindow unit_of_utc(WallTime now) {
  const WallTime begin = std::chrono::floor<Unit>(now);
  return {begin, begin + Unit(1)};
}

QuotaWindow day_of_utc(minutes at, WallTime now) {
  const WallTime begin = std::chrono::floor<days>(now - at) + at;
  return {begin, begin + days(1)};
}

}  // namespace

Result<Quota> read_quota(std::string_view text) {
  const Failure failure{
      fmt::format("'{}' is no quota: write it like 100000/day, 300/h, 100000/day@06:00 (UTC) or "
                  "100000/day@00:00 Europe/Helsinki",
                  printable(text))};
  const auto slash = text.find('/');
  const auto count = slash == std::string_view::npos || trimmed(text.substr(0, slash)).empty()
                         ? std::nullopt
                         : whole_number(trimmed(text.substr(0, slash)));
  if (!count || *count < 1 || *count > kMostStarts) {
    return failure;
  }
  const std::string_view rest = trimmed(text.substr(slash + 1));
  const std::string_view unit = rest.substr(0, rest.find_first_of("@ \t"));
  const auto per = per_from(unit);
  if (!per) {
    return failure;
  }
  Quota quota;
  quota.count = *count;
  quota.per = *per;
  std::string_view behind = trimmed(rest.substr(unit.size()));
  if (behind.starts_with('@')) {
    behind = trimmed(behind.substr(1));
    const std::string_view clock = behind.substr(0, behind.find_first_of(" \t"));
    const auto at = time_of_day(clock);
    if (!at) {
      return failure;
    }
    quota.at = *at;
    behind = trimmed(behind.substr(clock.size()));
    if (*per != Quota::Per::day) {
      return failure;
    }
  }
  if (!behind.empty() && (*per != Quota::Per::day || !may_be_zone(behind))) {
    return failure;
  }
  quota.zone = behind;
  return without_needless_zone(quota);
}

Result<Quota> parse_quota(std::string_view text) {
  Result<Quota> quota = read_quota(text);
  if (quota && !quota.value().zone.empty()) {
    if (const auto zone = find_zone(quota.value().zone); !zone) {
      return Failure{zone.error()};
    }
  }
  return quota;
}

std::string format_quota(const Quota& quota) {
  switch (quota.per) {
    case Quota::Per::minute:
      return fmt::format("{}/min", quota.count);
    case Quota::Per::hour:
      return fmt::format("{}/h", quota.count);
    case Quota::Per::day:
      break;
  }
  std::string text = fmt::format("{}/day", quota.count);
  if (quota.at.count() != 0 || !quota.zone.empty()) {
    text += fmt::format("@{:02}:{:02}", quota.at.count() / 60, quota.at.count() % 60);
  }
  return quota.zone.empty() ? text : fmt::format("{} {}", text, quota.zone);
}

QuotaWindow window_of(const Quota& quota, WallTime now) {
  if (quota.per == Quota::Per::minute) {
    return unit_of_utc<minutes>(now);
  }
  if (quota.per == Quota::Per::hour) {
    return unit_of_utc<hours>(now);
  }
  if (quota.zone.empty()) {
    return day_of_utc(quota.at, now);
  }
  const auto zone = find_zone(quota.zone);
  if (!zone) {
    throw Error(Fault::usage, fmt::format("cannot tell when the quota {} begins anew: {}",
                                          format_quota(quota), zone.error()));
  }
  return day_of(*zone.value(), quota.at, now);
}

}  // namespace dogged
