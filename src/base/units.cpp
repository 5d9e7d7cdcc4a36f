// SPDX-License-Identifier: MIT
#include "base/units.h"

#include "base/text.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <ctime>
#include <optional>

namespace dogged {

namespace {

using std::chrono::duration_cast;

struct Unit {
  std::string_view name;
  double factor;
};

constexpr std::array<Unit, 18> kTimeUnits{{
    {"", 1e3},
    {"ms", 1},
    {"s", 1e3},
    {"sec", 1e3},
    {"second", 1e3},
    {"seconds", 1e3},
    {"m", 60e3},
    {"min", 60e3},
    {"minute", 60e3},
    {"minutes", 60e3},
    {"h", 3600e3},
    {"hour", 3600e3},
    {"hours", 3600e3},
    {"d", 86400e3},
    {"day", 86400e3},
    {"days", 86400e3},
    {"w", 604800e3},
    {"week", 604800e3},
}};

constexpr std::array<Unit, 8> kSizeUnits{{{"", 1},
                                          {"b", 1},
                                          {"k", 1024},
                                          {"kb", 1024},
                                          {"m", 1048576},
                                          {"mb", 1048576},
                                          {"g", 1073741824},
                                          {"gb", 1073741824}}};

template <std::size_t N>
std::optional<double> factor_of(const std::array<Unit, N>& units, std::string_view name) {
  for (const Unit& unit : units) {
    if (equals_ignoring_case(unit.name, name)) {
      return unit.factor;
    }
  }
  return std::nullopt;
}

struct Quantity {
  double number;
  std::string_view unit;
};

std::optional<Quantity> split(std::string_view text) {
  text = trimmed(text);
  double number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc() || !std::isfinite(number) || number < 0) {
    return std::nullopt;
  }
  return Quantity{number, trimmed(text.substr(static_cast<std::size_t>(end - text.data())))};
}

// The longest span that is still safe to add to any time of day.
constexpr double kMostMillis = 100.0 * 366 * 86400e3;

std::string plain_number(double n) {
  return n == std::floor(n) ? fmt::format("{:.0f}", n) : fmt::format("{:g}", n);
}

// Every digit that the double needs, never an exponent: parse_rate takes none.
std::string plain_digits(double number) {
  std::array<char, 400> digits{};  // the largest double has 309
  const auto [end, error] =
      std::to_chars(digits.data(), digits.data() + digits.size(), number, std::chars_format::fixed);
  return error == std::errc() ? std::string(digits.data(), end) : std::string();
}

std::tm local(WallTime t) {
  const std::time_t seconds = duration_cast<std::chrono::seconds>(t.time_since_epoch()).count();
  std::tm parts{};
  localtime_r(&seconds, &parts);
  return parts;
}

}  // namespace

Result<Millis> parse_duration(std::string_view text) {
  const auto quantity = split(text);
  const auto factor = quantity ? factor_of(kTimeUnits, quantity->unit) : std::nullopt;
  if (!factor) {
    return Failure{fmt::format("'{}' is no duration: write it like 250ms, 90s, 5min, 2h or 30d",
                               printable(text))};
  }
  const double ms = quantity->number * *factor;
  if (ms > kMostMillis) {
    return Failure{fmt::format("'{}' is over 100 years", printable(text))};
  }
  return Millis(std::llround(ms));
}

Result<std::int64_t> parse_size(std::string_view text) {
  const auto quantity = split(text);
  const auto factor = quantity ? factor_of(kSizeUnits, quantity->unit) : std::nullopt;
  if (!factor || quantity->number * *factor > 9e15) {
    return Failure{fmt::format("'{}' is no size: write it like 500k, 16M or 1G", printable(text))};
  }
  return static_cast<std::int64_t>(std::llround(quantity->number * *factor));
}

Result<Rate> parse_rate(std::string_view text) {
  const Failure failure{fmt::format(
      "'{}' is no rate: write it like 5/s, 300/min, 1000/h or 20000/day", printable(text))};
  const auto slash = text.find('/');
  const auto number = split(text.substr(0, slash));
  if (!number || !number->unit.empty() || number->number <= 0) {
    return failure;
  }
  const auto unit = slash == std::string_view::npos ? "s" : trimmed(text.substr(slash + 1));
  const auto factor = unit.empty() || unit == "ms" ? std::nullopt : factor_of(kTimeUnits, unit);
  if (!factor) {
    return failure;
  }
  return Rate{number->number, Millis(std::llround(*factor))};
}

std::string format_rate(const Rate& rate) {
  const auto seconds = duration_cast<std::chrono::seconds>(rate.per).count();
  switch (seconds) {
    case 1:
      return plain_number(rate.count) + "/s";
    case 60:
      return plain_number(rate.count) + "/min";
    case 3600:
      return plain_number(rate.count) + "/h";
    case 86400:
      return plain_number(rate.count) + "/day";
    case 604800:
      return plain_number(rate.count) + "/week";
    default:
      return fmt::format("{:g}/s", rate.per_second());
  }
}

std::string exact_rate(const Rate& rate) {
  struct Span {
    Millis per;
    std::string_view name;
  };
  static constexpr std::array<Span, 5> kUnits{{{std::chrono::seconds(1), "s"},
                                               {std::chrono::minutes(1), "min"},
                                               {std::chrono::hours(1), "h"},
                                               {std::chrono::days(1), "day"},
                                               {std::chrono::weeks(1), "week"}}};
  const auto* const unit = std::ranges::find(kUnits, rate.per, &Span::per);
  return unit == kUnits.end() ? plain_digits(rate.per_second()) + "/s"
                              : fmt::format("{}/{}", plain_digits(rate.count), unit->name);
}

std::string format_duration(Millis d) {
  const std::int64_t ms = d.count();
  if (ms < 1000) {
    return fmt::format("{} ms", ms);
  }
  if (ms < 9'950) {
    return fmt::format("{:.1f} s", static_cast<double>(ms) / 1000);
  }
  const std::int64_t seconds = (ms + 500) / 1000;
  if (seconds < 120) {
    return fmt::format("{} s", seconds);
  }
  const std::int64_t minutes = (seconds + 30) / 60;
  if (minutes < 60) {
    return fmt::format("{} min", minutes);
  }
  if (minutes < std::int64_t{48} * 60) {
    return minutes % 60 == 0 ? fmt::format("{} h", minutes / 60)
                             : fmt::format("{} h {} min", minutes / 60, minutes % 60);
  }
  const std::int64_t hours = (minutes + 30) / 60;
  return hours % 24 == 0 ? fmt::format("{} days", hours / 24)
                         : fmt::format("{} days {} h", hours / 24, hours % 24);
}

std::string format_size(std::int64_t bytes) {
  if (bytes < 1024) {
    return fmt::format("{} B", bytes);
  }
  static constexpr std::array<std::string_view, 4> kNames{"kB", "MB", "GB", "TB"};
  double size = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (size /= 1024; size >= 1024 && unit + 1 < kNames.size(); ++unit) {
    size /= 1024;
  }
  return fmt::format("{:.1f} {}", size, kNames[unit]);
}

std::string iso_time(WallTime t) {
  const auto day = std::chrono::floor<std::chrono::days>(t);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(t - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count(),
                     time.subseconds().count());
}

std::string local_time(WallTime t, WallTime now) {
  const std::tm then = local(t);
  const std::tm today = local(now);
  const bool same_day = then.tm_year == today.tm_year && then.tm_yday == today.tm_yday;
  return same_day ? fmt::format("{:%H:%M:%S}", then) : fmt::format("{:%Y-%m-%d %H:%M}", then);
}

}  // namespace dogged
