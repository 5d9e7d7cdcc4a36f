// SPDX-License-Identifier: MIT
#include "table/excel_reading.h"

#include "base/text.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <string>

namespace dogged {
namespace {

constexpr std::size_t kShortest = 3;
constexpr std::size_t kLongest = 24;

constexpr std::string_view kDay = "(?:0?[1-9]|[12][0-9]|3[01])";
constexpr std::string_view kMonth = "(?:0?[1-9]|1[0-2])";
constexpr std::string_view kYear = "(?:19[0-9][0-9]|[2-9][0-9]{3})";
constexpr std::string_view kMonthName =
    "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)"
    "?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)";
constexpr std::string_view kTime =
    "[0-9]{1,4}:[0-9]{1,2}(?::[0-9]{1,2}(?:[.,][0-9]+)?)?(?: ?[ap]m?)?|[0-9]{1,2} [ap]m?";
constexpr std::string_view kFraction = "[0-9]{1,3} +[0-9]{1,3}/[0-9]{1,3}";

// All of these, with one of `marks` between the numbers of a date.
std::string pattern(std::string_view marks) {
  return fmt::format(
      "(?i:{day}{mark}{month}|{month}{mark}[0-9]{{1,2}}|{month}{mark}{year}|{year}{mark}{month}"
      "|[0-9]{{1,2}}{mark}[0-9]{{1,2}}{mark}[0-9]{{1,2}}|{fraction}|{time}"
      "|{name}{gap}[0-9]{{1,4}}|[0-9]{{1,2}}{gap}{name}(?:{gap}[0-9]{{1,2}})?|true|false)",
      fmt::arg("day", kDay), fmt::arg("month", kMonth), fmt::arg("year", kYear),
      fmt::arg("name", kMonthName), fmt::arg("time", kTime), fmt::arg("fraction", kFraction),
      fmt::arg("mark", marks), fmt::arg("gap", "[-/. ]?"));
}

}  // namespace

bool excel_reads_otherwise(std::string_view text, char decimal_mark) {
  static const RE2 kWithPoint(pattern("[-/]"));
  static const RE2 kWithComma(fmt::format("{}|{}\\.{}\\.", pattern("[-/.]"), kDay, kMonth));
  const std::string_view bare = trimmed(text);
  if (bare.size() < kShortest || bare.size() > kLongest) {
    return false;
  }
  return RE2::FullMatch({bare.data(), bare.size()}, decimal_mark == ',' ? kWithComma : kWithPoint);
}

}  // namespace dogged
