// SPDX-License-Identifier: MIT
#include "table/jq_words.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

namespace dogged {
namespace {

constexpr std::array<std::string_view, 3> kPrinting{"tostring", "tojson", "join"};
constexpr std::array<std::string_view, 18> kCounting{
    "add",    "bsearch", "contains", "group_by", "index",  "inside",
    "length", "max",     "max_by",   "min",      "min_by", "numbers",
    "sort",   "sort_by", "tonumber", "type",     "unique", "unique_by"};

// What stands beside an operator and shows that it is not about numbers.
constexpr std::array<std::string_view, 3> kNoNumbers{"null", "true", "false"};

template <std::size_t n>
bool among(const std::array<std::string_view, n>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_digit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

class Scan {
 public:
  explicit Scan(std::string_view text) : text_(text) {}

  JqUses run() {
    while (at_ < text_.size()) {
      step();
    }
    return uses_;
  }

 private:
  // What stood before the present token.
  enum class Before { nothing, value, name_sign, no_number, other };

  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  void step() {
    const char c = peek();
    if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      ++at_;
    } else if (c == '#') {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (c == '"') {
      ++at_;
      string();
    } else if (is_digit(c)) {
      number();
    } else if (is_word(c)) {
      word();
    } else if (std::string_view("<>=!+-*/%").find(c) != std::string_view::npos) {
      sign();
    } else {
      other(c);
    }
  }

  // The rest of a string, up to its end or to what is put into it.
  void string() {
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') {
        before_ = Before::no_number;
        return;
      }
      if (c == '\\' && text_[std::min(at_, text_.size() - 1)] == '(') {
        ++at_;
        uses_.printing = true;
        open_.push_back(0);
        before_ = Before::nothing;
        return;
      }
      at_ += c == '\\' ? 1 : 0;
    }
  }

  void number() {
    while (is_digit(peek()) || peek() == '.' ||
           ((peek() == 'e' || peek() == 'E') &&
            (is_digit(peek(1)) || peek(1) == '-' || peek(1) == '+'))) {
      at_ += peek() == 'e' || peek() == 'E' ? 2 : 1;
    }
    before_ = Before::value;
  }

  void word() {
    const std::string_view word = word_at(at_);
    at_ += word.size();
    const bool name = before_ == Before::name_sign || next_of(at_) == ':';
    uses_.printing = uses_.printing || (!name && among(kPrinting, word));
    uses_.counting = uses_.counting || (!name && among(kCounting, word));
    before_ = !name && among(kNoNumbers, word) ? Before::no_number : Before::value;
  }

  void sign() {
    const std::size_t begin = at_;
    while (std::string_view("<>=!+*/%").find(peek()) != std::string_view::npos && peek() != '\0') {
      ++at_;
    }
    at_ += at_ == begin ? 1 : 0;  // '-' is one by itself
    const std::string_view sign = text_.substr(begin, at_ - begin);
    const bool negative = sign == "-" && before_ != Before::value && before_ != Before::no_number;
    const bool none = negative || sign == "=" || sign.substr(0, 2) == "//";
    if (!none && before_ != Before::no_number && !no_number_next()) {
      uses_.counting = true;
    }
    before_ = Before::other;
  }

  void other(char c) {
    ++at_;
    if (c == '@') {
      uses_.printing = true;
    }
    if (!open_.empty() && c == '(') {
      ++open_.back();
    } else if (!open_.empty() && c == ')' && open_.back()-- == 0) {
      open_.pop_back();
      string();
      return;
    }
    if (c == '.' || c == '$' || c == '@') {
      before_ = is_word(peek()) ? Before::name_sign : Before::value;
    } else {
      const bool closing = c == ')' || c == ']' || c == '}' || c == '?';
      before_ = closing ? Before::value : Before::other;
    }
  }

  std::string_view word_at(std::size_t at) const {
    std::size_t end = at;
    while (end < text_.size() && is_word(text_[end])) {
      ++end;
    }
    return text_.substr(at, end - at);
  }

  std::size_t past_spaces(std::size_t at) const {
    while (at < text_.size() && std::isspace(static_cast<unsigned char>(text_[at])) != 0) {
      ++at;
    }
    return at;
  }

  char next_of(std::size_t at) const {
    const std::size_t next = past_spaces(at);
    return next < text_.size() ? text_[next] : '\0';
  }

  bool no_number_next() const {
    return next_of(at_) == '"' || among(kNoNumbers, word_at(past_spaces(at_)));
  }

  const std::string_view text_;
  std::size_t at_ = 0;
  Before before_ = Before::nothing;
  std::vector<int> open_;  // parentheses within each interpolation that is open
  JqUses uses_;
};

}  // namespace

JqUses jq_uses(std::string_view filter) {
  return Scan(filter).run();
}

}  // namespace dogged
