// SPDX-License-Identifier: MIT
// IDs as they stand in lists, under rules and under patterns of the user's.
#include "base/text.h"
#include "table/id_rule.h"
#include "tests/fuzz/fuzz.h"

#include <re2/re2.h>

#include <algorithm>

namespace dogged::fuzz {
namespace {

constexpr std::size_t kLongestPattern = 200;  // RE2 compiles long ones for seconds

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// By the text of the law, not by the code: seven digits, a hyphen, a check digit.
bool is_business_id(std::string_view id) {
  constexpr int kWeights[] = {7, 9, 10, 5, 8, 4, 2};
  if (id.size() != 9 || id[7] != '-' || !is_digit(id[8])) {
    return false;
  }
  int sum = id[8] - '0';
  for (std::size_t i = 0; i < 7; ++i) {
    if (!is_digit(id[i])) {
      return false;
    }
    sum += kWeights[i] * (id[i] - '0');
  }
  return sum % 11 == 0;
}

void require_plain(const IdVerdict& verdict, std::string_view raw) {
  require(verdict.key.empty() != verdict.fault.empty(), "an ID has a key or a fault", raw);
  if (!verdict.fault.empty()) {
    require(verdict.mended.empty(), "what is no ID was not mended", raw);
    return;
  }
  const std::string& key = verdict.key;
  require(is_utf8(key) && key.size() <= 1024, "a key is short UTF-8 text", raw);
  require(
      std::none_of(key.begin(), key.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }),
      "a key holds no control character", raw);
}

// A key, imported again, is the same key: exports are imported again.
void require_stays(const IdRule& rule, const IdVerdict& verdict, std::string_view raw) {
  const IdVerdict again = rule.check(verdict.key);
  require(again.fault.empty() && again.key == verdict.key && again.mended.empty(),
          "a key passes its rule again, unchanged", raw);
}

void try_ids(const IdSpec& spec, std::string_view ids) {
  const auto rule = make_id_rule(spec);
  if (!rule) {
    return;
  }
  const auto plain = make_id_rule({});
  const RE2 alone(spec.pattern, RE2::Quiet);
  Parts lines(ids);
  while (!lines.empty()) {
    const std::string_view raw = lines.line();
    const IdVerdict verdict = rule.value()->check(raw);
    require_plain(verdict, raw);
    if (verdict.fault.empty() && spec.rewrite.empty()) {
      require_stays(*rule.value(), verdict, raw);
    }
    if (spec.rule.empty() == false && verdict.fault.empty()) {
      require(is_business_id(verdict.key), "a business ID's check digit is right", raw);
    }
    if (is_business_id(raw) && !spec.rule.empty() && !raw.starts_with("0000000")) {
      require(verdict.key == raw && verdict.mended.empty(), "a right business ID passes", raw);
    }
    if (verdict.fault.empty()) {
      const IdVerdict key = plain.value()->check(verdict.key);
      require(key.key == verdict.key || !key.fault.empty(), "no space surrounds a key", raw);
    }
    const IdVerdict bare = plain.value()->check(raw);
    if (!spec.pattern.empty() && spec.rewrite.empty() && bare.fault.empty()) {
      require(verdict.fault.empty() == RE2::FullMatch(bare.key, alone),
              "an ID passes where all of it matches the pattern", raw);
    }
  }
}

}  // namespace

void one_input(std::string_view input) {
  Parts parts(input);
  const std::uint8_t which = parts.byte();
  IdSpec spec;
  if (which % 4 == 1) {
    spec.rule = "finnish-business-id";
  } else if (which % 4 >= 2) {
    spec.pattern = parts.line().substr(0, kLongestPattern);
    if (which % 4 == 3) {
      spec.rewrite = parts.line().substr(0, kLongestPattern);
    }
  }
  try_ids(spec, parts.rest());
}

}  // namespace dogged::fuzz
