// SPDX-License-Identifier: MIT
#include "pace/retry_after.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace dogged {

namespace {

constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
// A two-digit year that would lie further ahead than this is one of the last century (RFC 9110).
constexpr int kYearsAhead = 50;
// 31 years as a delta, 2001 as an epoch, in its two units.
constexpr std::int64_t kLeastEpochSeconds = 1'000'000'000;
constexpr std::int64_t kLeastEpochMillis = kLeastEpochSeconds * 1'000;
constexpr std::int64_t kMostRead = kLeastEpochMillis * 100'000;  // far beyond all of them

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Takes a date apart from left to right; once a part is missing, all further ones are too.
class DateReader {
 public:
  explicit DateReader(std::string_view text) : rest_(text) {}

  bool ok() const { return ok_; }
  bool at_end() const { return ok_ && rest_.empty(); }
  char next() const { return rest_.empty() ? '\0' : rest_.front(); }

  // One of the names of a weekday, short or long. Which one says nothing that the date does not.
  void weekday() { ok_ = take_letters().size() >= 3 && ok_; }

  bool literal(char c) {
    if (next() != c) {
      return ok_ = false;
    }
    rest_.remove_prefix(1);
    return ok_;
  }

  int number(std::size_t min_digits, std::size_t max_digits) {
    int value = 0;
    std::size_t digits = 0;
    for (; digits < max_digits && is_digit(next()); ++digits) {
      value = value * 10 + (next() - '0');
      rest_.remove_prefix(1);
    }
    ok_ = ok_ && digits >= min_digits;
    return value;
  }

  unsigned month() {
    const std::string_view name = take_letters();
    const auto* const found =
        std::find_if(kMonths.begin(), kMonths.end(),
                     [&](std::string_view month) { return equals_ignoring_case(month, name); });
    ok_ = ok_ && found != kMonths.end();
    return static_cast<unsigned>(found - kMonths.begin()) + 1;
  }

  std::chrono::seconds time_of_day() {
    const int hour = number(2, 2);
    literal(':');
    const int minute = number(2, 2);
    literal(':');
    const int second = number(2, 2);
    ok_ = ok_ && hour < 24 && minute < 60 && second <= 60;  // 60: a leap second
    return std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second);
  }

  void zone() {
    literal(' ');
    const std::string_view name = take_letters();
    ok_ = ok_ && (equals_ignoring_case(name, "GMT") || equals_ignoring_case(name, "UTC"));
  }

 private:
  std::string_view take_letters() {
    const auto* const end = std::find_if_not(rest_.begin(), rest_.end(), is_letter);
    const std::string_view letters = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    rest_.remove_prefix(letters.size());
    return letters;
  }

  std::string_view rest_;
  bool ok_ = true;
};

int full_year(int two_digits, WallTime now) {
  const std::chrono::year_month_day today(std::chrono::floor<std::chrono::days>(now));
  const int this_year = static_cast<int>(today.year());
  const int year = this_year - this_year % 100 + two_digits;
  return year > this_year + kYearsAhead ? year - 100 : year;
}

std::optional<WallTime> make_time(const DateReader& reader, int year, unsigned month, int day,
                                  std::chrono::seconds time_of_day) {
  const std::chrono::year_month_day date(std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(static_cast<unsigned>(day)));
  if (!reader.at_end() || !date.ok()) {
    return std::nullopt;
  }
  return WallTime(std::chrono::sys_days(date)) + time_of_day;
}

// "Nov  6 08:49:37 1994", behind the weekday and a space.
std::optional<WallTime> parse_asctime(DateReader reader) {
  const unsigned month = reader.month();
  reader.literal(' ');
  if (reader.next() == ' ') {
    reader.literal(' ');
  }
  const int day = reader.number(1, 2);
  reader.literal(' ');
  const auto time_of_day = reader.time_of_day();
  reader.literal(' ');
  const int year = reader.number(4, 4);
  return make_time(reader, year, month, day, time_of_day);
}

// "06 Nov 1994 08:49:37 GMT" or "06-Nov-94 08:49:37 GMT", behind the weekday, a comma and a space.
std::optional<WallTime> parse_fixdate(DateReader reader, WallTime now) {
  const int day = reader.number(1, 2);
  const bool rfc_850 = reader.next() == '-';
  const char separator = rfc_850 ? '-' : ' ';
  reader.literal(separator);
  const unsigned month = reader.month();
  reader.literal(separator);
  const int year = rfc_850 ? full_year(reader.number(2, 2), now) : reader.number(4, 4);
  reader.literal(' ');
  const auto time_of_day = reader.time_of_day();
  reader.zone();
  return make_time(reader, year, month, day, time_of_day);
}

// A number too large for a delta is a moment, as some servers send it.
std::optional<Millis> wait_of(std::int64_t number, WallTime server_now) {
  Millis wait{0};
  if (number < kLeastEpochSeconds) {
    wait = std::chrono::seconds(number);
  } else if (number < kLeastEpochMillis) {
    wait = Millis(number * 1'000) - server_now.time_since_epoch();
  } else {
    wait = Millis(number) - server_now.time_since_epoch();
  }
  return wait > Millis(0) ? std::optional<Millis>(std::min(wait, kLongestWait)) : std::nullopt;
}

}  // namespace

std::optional<WallTime> parse_http_date(std::string_view value, WallTime now) {
  DateReader reader(trimmed(value));
  reader.weekday();
  if (reader.next() == ',') {
    reader.literal(',');
    reader.literal(' ');
    return parse_fixdate(reader, now);
  }
  reader.literal(' ');
  return parse_asctime(reader);
}

std::optional<Millis> parse_retry_after(std::string_view value, WallTime server_now) {
  const std::string_view text = trimmed(value);
  if (!text.empty() && std::all_of(text.begin(), text.end(), is_digit)) {
    std::int64_t value_of = 0;
    for (const char c : text) {
      value_of = std::min(value_of * 10 + (c - '0'), kMostRead);
    }
    return wait_of(value_of, server_now);
  }
  const auto date = parse_http_date(text, server_now);
  if (!date || *date <= server_now) {
    return std::nullopt;
  }
  return std::min(*date - server_now, kLongestWait);
}

}  // namespace dogged
