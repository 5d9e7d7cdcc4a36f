// SPDX-License-Identifier: MIT
#include "table/id_rule.h"

#include "base/text.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <utility>

namespace dogged {
namespace {

constexpr std::size_t kMaxIdBytes = 1024;
constexpr std::string_view kFinnishBusinessId = "finnish-business-id";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::size_t digits_at(std::string_view text, std::size_t from) {
  std::size_t n = 0;
  while (from + n < text.size() && is_digit(text[from + n])) {
    ++n;
  }
  return n;
}

// Most IDs are: these have no space, control characters or broken text to be looked for.
bool is_visible_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

// White space that no ID begins or ends with: ASCII's, and what web pages and spreadsheets add that
// nobody sees.
std::string_view without_surrounding_space(std::string_view text) {
  static constexpr std::array<std::string_view, 9> kUnseen = {
      "\u00A0", "\u2007", "\u200B", "\u200E", "\u200F", "\u202F", "\u2060", "\u3000", "\uFEFF"};
  for (;;) {
    const std::size_t before = text.size();
    text = trimmed(text);
    for (const std::string_view unseen : kUnseen) {
      if (text.starts_with(unseen)) {
        text.remove_prefix(unseen.size());
      }
      if (text.ends_with(unseen)) {
        text.remove_suffix(unseen.size());
      }
    }
    if (text.size() == before) {
      return text;
    }
  }
}

// "1.23E+15", "1,23E+15", "1E+15": the digits are gone for good. "74095e73" may be an ID: what
// spreadsheets write has a sign or a fraction.
bool is_in_scientific_notation(std::string_view id) {
  std::size_t i = id.starts_with('-') ? 1 : 0;
  const std::size_t whole = digits_at(id, i);
  i += whole;
  bool marked = false;
  if (i < id.size() && (id[i] == '.' || id[i] == ',')) {
    const std::size_t fraction = digits_at(id, i + 1);
    marked = fraction > 0;
    i += 1 + fraction;
  }
  if (whole == 0 || i >= id.size() || (id[i] != 'e' && id[i] != 'E')) {
    return false;
  }
  ++i;
  if (i < id.size() && (id[i] == '+' || id[i] == '-')) {
    marked = true;
    ++i;
  }
  const std::size_t exponent = digits_at(id, i);
  return marked && exponent > 0 && i + exponent == id.size();
}

// "12345.0": an ID that went through a column of numbers.
bool is_made_a_decimal(std::string_view id) {
  const std::size_t whole = digits_at(id, 0);
  if (whole == 0 || whole + 1 >= id.size() || (id[whole] != '.' && id[whole] != ',')) {
    return false;
  }
  return id.find_first_not_of('0', whole + 1) == id.npos;
}

bool is_spreadsheet_error(std::string_view id) {
  static constexpr std::array<std::string_view, 8> kErrors = {
      "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "########"};
  return std::find(kErrors.begin(), kErrors.end(), id) != kErrors.end();
}

bool has_control_character(std::string_view id) {
  for (std::size_t i = 0; i < id.size(); ++i) {
    const auto c = static_cast<unsigned char>(id[i]);
    const bool c1 = c == 0xC2 && i + 1 < id.size() && static_cast<unsigned char>(id[i + 1]) < 0xA0;
    if (c < 0x20 || c == 0x7F || c1) {
      return true;
    }
  }
  return false;
}

std::string text_fault(std::string_view id) {
  if (has_control_character(id)) {
    return "the ID holds a control character or a line break";
  }
  if (!is_utf8(id) || id.find("\uFFFD") != id.npos) {
    return "the ID holds bytes that are no text in this encoding";
  }
  return {};
}

// What is wrong with an ID whatever its rule; empty: nothing. `id` is without surrounding space.
std::string plain_fault(std::string_view id) {
  if (id.empty()) {
    return "the ID is empty";
  }
  if (id.size() > kMaxIdBytes) {
    return "the ID is over 1,024 bytes long";
  }
  if (!is_visible_ascii(id)) {
    if (std::string f = text_fault(id); !f.empty()) {
      return f;
    }
  }
  if (is_in_scientific_notation(id)) {
    return "a spreadsheet made this ID a rounded number: its digits are lost; take it from the "
           "source "
           "again, as text";
  }
  if (is_spreadsheet_error(id)) {
    return "a spreadsheet's error stands where the ID should be";
  }
  return {};
}

std::string decimal_fault(std::string_view id) {
  return "a number with a decimal part stands where the ID should be: a spreadsheet or script took "
         "the ID for a number (leading zeros may be lost too); is it " +
         std::string(id.substr(0, digits_at(id, 0))) + "?";
}

IdVerdict fault(std::string text) {
  return {{}, {}, std::move(text)};
}

std::string joined(std::string_view a, std::string_view b) {
  std::string words(a);
  words += a.empty() || b.empty() ? "" : " + ";
  words += b;
  return words;
}

class PlainRule : public IdRule {
 public:
  IdVerdict check(std::string_view raw) const final {
    const std::string_view id = is_visible_ascii(raw) ? raw : without_surrounding_space(raw);
    if (std::string f = plain_fault(id); !f.empty()) {
      return fault(std::move(f));
    }
    IdVerdict verdict = check_bare(id);
    if (verdict.fault.empty() && id.size() != raw.size()) {
      verdict.mended = joined("spaces", verdict.mended);
    }
    return verdict;
  }

 private:
  virtual IdVerdict check_bare(std::string_view id) const {
    return is_made_a_decimal(id) ? fault(decimal_fault(id)) : IdVerdict{std::string(id), {}, {}};
  }
};

class FinnishBusinessIdRule final : public PlainRule {
  IdVerdict check_bare(std::string_view id) const override {
    return is_made_a_decimal(id) ? fault(decimal_fault(id)) : check_finnish_business_id(id);
  }
};

class PatternRule final : public PlainRule {
 public:
  // `pattern` compiles, and `rewrite` fits it.
  PatternRule(const std::string& pattern, std::string rewrite)
      : shown_(pattern), pattern_(pattern, RE2::Quiet), rewrite_(std::move(rewrite)) {}

 private:
  IdVerdict check_bare(std::string_view id) const override {
    const re2::StringPiece text(id.data(), id.size());
    // Anchored by the match: \A and \z around the pattern would be part of a \Q that it leaves
    // open.
    std::array<re2::StringPiece, kGroups> groups;
    const int wanted = rewrite_.empty() ? 0 : RE2::MaxSubmatch(rewrite_) + 1;
    if (!pattern_.Match(text, 0, text.size(), RE2::ANCHOR_BOTH, groups.data(), wanted)) {
      return is_made_a_decimal(id) ? fault(decimal_fault(id))
                                   : fault("the ID does not match the pattern " + shown_);
    }
    IdVerdict verdict{std::string(id), {}, {}};
    if (rewrite_.empty()) {
      return verdict;
    }
    std::string rewritten;
    (void)pattern_.Rewrite(&rewritten, rewrite_, groups.data(), wanted);  // it was checked
    verdict.key = without_surrounding_space(rewritten);
    if (verdict.key != id) {
      verdict.mended = "rewritten";
    }
    if (std::string f = plain_fault(verdict.key); !f.empty()) {
      return fault("rewritten: " + f);
    }
    return verdict;
  }

  static constexpr std::size_t kGroups = 10;  // \0 to \9

  const std::string shown_;
  const RE2 pattern_;
  const std::string rewrite_;
};

Result<std::unique_ptr<IdRule>> make_pattern_rule(const IdSpec& spec) {
  // On its own first, so that "a)(b" is an error and not the anchors' business.
  const RE2 alone(spec.pattern, RE2::Quiet);
  if (!alone.ok()) {
    return Failure{"the ID pattern '" + spec.pattern +
                   "' is no regular expression (RE2): " + alone.error()};
  }
  std::string why;
  if (!spec.rewrite.empty() && !alone.CheckRewriteString(spec.rewrite, &why)) {
    return Failure{"the ID rewrite '" + spec.rewrite + "' does not fit the pattern '" +
                   spec.pattern + "': " + why};
  }
  return std::unique_ptr<IdRule>(std::make_unique<PatternRule>(spec.pattern, spec.rewrite));
}

}  // namespace

Result<std::unique_ptr<IdRule>> make_id_rule(const IdSpec& spec) {
  if (!spec.rule.empty() && !spec.pattern.empty()) {
    return Failure{"an ID rule and an ID pattern are given; only one of them can hold"};
  }
  if (!spec.rewrite.empty() && spec.pattern.empty()) {
    return Failure{"an ID rewrite needs an ID pattern"};
  }
  if (!spec.pattern.empty()) {
    return make_pattern_rule(spec);
  }
  if (spec.rule.empty()) {
    return std::unique_ptr<IdRule>(std::make_unique<PlainRule>());
  }
  if (spec.rule == kFinnishBusinessId) {
    return std::unique_ptr<IdRule>(std::make_unique<FinnishBusinessIdRule>());
  }
  return Failure{"there is no ID rule '" + printable(spec.rule) +
                 "'; there is: " + std::string(kFinnishBusinessId)};
}

}  // namespace dogged
