// SPDX-License-Identifier: MIT
#include "table/jq_digits.h"

#include <array>
#include <charconv>
#include <cmath>
#include <string>

extern "C" {
#include <jv.h>
}

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

template <typename Test>
bool any_number(const JsonDocument& document, Test test) {
  for (JsonDocument::Index i = 0; i < document.node(0).end; ++i) {
    if (document.node(i).type == JsonDocument::Type::number && test(document.text(i))) {
      return true;
    }
  }
  return false;
}

std::string written_by_jq(double value) {
  const jv text = jv_dump_string(jv_number(value), 0);
  std::string copy = jv_string_value(text);
  jv_free(text);
  return copy;
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

bool holds_numbers_as_text(const JsonDocument& document) {
  return any_number(document, [](std::string_view digits) { return !carried_by_double(digits); });
}

bool holds_respelled_numbers(const JsonDocument& document) {
  return any_number(document, [](std::string_view digits) {
    if (digits.find_first_of(".eE") == std::string_view::npos) {
      return false;  // integers are written as they are
    }
    const auto value = carried_by_double(digits);
    return value && written_by_jq(*value) != digits;
  });
}

}  // namespace dogged
