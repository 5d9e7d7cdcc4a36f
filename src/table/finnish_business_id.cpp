// SPDX-License-Identifier: MIT
#include "base/text.h"
#include "table/id_rule.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

namespace dogged {
namespace {

constexpr std::size_t kDigits = 7;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_digit);
}

// `raw` with every dash that word processors make of a hyphen turned back into one.
std::string with_plain_hyphens(std::string_view raw) {
  static constexpr std::array<std::string_view, 5> kDashes = {"\u2010", "\u2011", "\u2012",
                                                              "\u2013", "\u2212"};
  std::string id(raw);
  for (const std::string_view dash : kDashes) {
    if (const std::size_t at = id.find(dash); at != std::string::npos) {
      id.replace(at, dash.size(), "-");
    }
  }
  return id;
}

// The check digit that belongs to seven digits; -1 where no ID has these.
int check_digit(std::string_view digits) {
  constexpr std::array<int, kDigits> kWeights = {7, 9, 10, 5, 8, 4, 2};
  int sum = 0;
  for (std::size_t i = 0; i < kDigits; ++i) {
    sum += kWeights[i] * (digits[i] - '0');
  }
  const int remainder = sum % 11;
  if (remainder == 1 || sum == 0) {
    return -1;
  }
  return remainder == 0 ? 0 : 11 - remainder;
}

// What stands behind the FI of a VAT number: the ID, with its hyphen or without; else nothing.
// Nobody keeps VAT numbers as numbers, so that none has lost zeros.
std::string_view id_of_vat_number(std::string_view text) {
  if (!equals_ignoring_case(text.substr(0, 2), "FI")) {
    return {};
  }
  const std::string_view id = trimmed(text.substr(2));
  const bool bare = id.size() == kDigits + 1 && all_digits(id);
  return bare || (id.size() == kDigits + 2 && id[kDigits] == '-') ? id : std::string_view();
}

IdVerdict fault(std::string text) {
  return {{}, {}, std::move(text)};
}

void add_word(std::string& words, std::string_view word) {
  words += words.empty() ? "" : " + ";
  words += word;
}

}  // namespace

IdVerdict check_finnish_business_id(std::string_view raw) {
  std::string_view bare = trimmed(raw);
  std::string mended;
  if (bare.size() != raw.size()) {
    add_word(mended, "spaces");
  }
  const std::string_view of_vat = id_of_vat_number(bare);
  if (!of_vat.empty()) {
    bare = of_vat;
    add_word(mended, "VAT number");
  }
  std::string id = with_plain_hyphens(bare);
  const std::size_t hyphen = id.find('-');
  if (hyphen == std::string::npos) {
    if (id.size() < 2 || !all_digits(id)) {
      return fault("not a Finnish business ID: seven digits, a hyphen and a check digit make one");
    }
    id.insert(id.size() - 1, "-");
  }
  if (of_vat.empty() && (hyphen == std::string::npos || id != bare)) {
    add_word(mended, "hyphen");
  }
  std::string digits = id.substr(0, id.find('-'));
  const std::string check = id.substr(digits.size() + 1);
  if (check.size() != 1 || !all_digits(check) || !all_digits(digits)) {
    return fault("not a Finnish business ID: seven digits, a hyphen and a check digit make one");
  }
  if (digits.size() != kDigits && digits.size() + 1 != kDigits) {
    return fault("not a Finnish business ID: " + std::to_string(digits.size()) +
                 " digits before the check digit instead of 7");
  }
  if (digits.size() < kDigits) {
    digits.insert(0, "0");
    add_word(mended, "leading zero");
  }
  const int expected = check_digit(digits);
  if (expected < 0) {
    return fault("no Finnish business ID begins with " + digits);
  }
  if (expected != check[0] - '0') {
    return fault("its check digit is wrong (mistyped?): " + digits + "-" + check);
  }
  return {digits + "-" + check, mended, {}};
}

}  // namespace dogged
