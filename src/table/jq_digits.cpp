// SPDX-License-Identifier: MIT
#include "table/jq_digits.h"

#include <array>
#include <charconv>
#include <cmath>
#include <string>

namespace dogged {
namespace {

constexpr double kExactIntegers = 9007199254740992.0;  // 2^53

// Whatever the form, 15 significant digits are carried.
constexpr std::size_t kAlwaysCarried = 15;

// A decimal number as 0.DIGITS times ten to `exponent`, without zeros at either end of DIGITS.
struct Decimal {
  std::string digits;
  long exponent = 0;
  bool operator==(const Decimal&) const = default;
};

Decimal decimal_of(std::string_view text) {
  Decimal decimal;
  const std::size_t e = text.find_first_of("eE");
  if (e != std::string_view::npos) {
    std::string_view exponent = text.substr(e + 1);
    exponent.remove_prefix(exponent.front() == '+' ? 1 : 0);
    std::from_chars(exponent.data(), exponent.data() + exponent.size(), decimal.exponent);
  }
  bool fraction = false;
  for (const char c : text.substr(0, e)) {
    if (c == '.') {
      fraction = true;
    } else if (c != '-' && (c != '0' || !decimal.digits.empty())) {
      decimal.digits += c;
      decimal.exponent += fraction ? 0 : 1;
    } else if (c == '0' && fraction) {
      --decimal.exponent;
    }
  }
  while (!decimal.digits.empty() && decimal.digits.back() == '0') {
    decimal.digits.pop_back();
  }
  if (decimal.digits.empty()) {
    decimal.exponent = 0;
  }
  return decimal;
}

}  // namespace

std::optional<double> carried_by_double(std::string_view digits) {
  double value = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (read.ec != std::errc() || !std::isfinite(value)) {
    return std::nullopt;
  }
  if (digits.size() <= kAlwaysCarried && digits.find_first_of("eE") == std::string_view::npos) {
    return value;
  }
  if (std::fabs(value) > kExactIntegers && digits.find_first_of(".eE") == std::string_view::npos) {
    return std::nullopt;
  }
  std::array<char, 32> shortest;
  const auto written = std::to_chars(shortest.data(), shortest.data() + shortest.size(), value);
  if (decimal_of({shortest.data(), static_cast<std::size_t>(written.ptr - shortest.data())}) !=
      decimal_of(digits)) {
    return std::nullopt;
  }
  return value;
}

}  // namespace dogged
