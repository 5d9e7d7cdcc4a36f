// SPDX-License-Identifier: MIT
// The JSON parser against one written from RFC 8259 alone: the same texts are valid, and numbers
// keep their digits.
#include "base/json_document.h"
#include "base/text.h"
#include "tests/fuzz/fuzz.h"

#include <algorithm>
#include <vector>

namespace dogged::fuzz {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Slow, plain and without recursion.
class SecondParser {
 public:
  explicit SecondParser(std::string_view text) : text_(text) {}

  bool parse() {
    for (;;) {
      blanks();
      if (!value()) {
        return false;
      }
      if (opened_) {
        opened_ = false;
        continue;
      }
      if (!close_all()) {
        return false;
      }
      if (open_.empty()) {
        return at_ == text_.size();
      }
    }
  }

  const std::vector<std::string_view>& numbers() const { return numbers_; }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (at_ == text_.size() || text_[at_] != c) {
      return false;
    }
    ++at_;
    return true;
  }
  bool take(std::string_view word) {
    const bool there = text_.substr(at_).starts_with(word);
    at_ += there ? word.size() : 0;
    return there;
  }
  void blanks() {
    while (at_ < text_.size() && std::string_view(" \t\n\r").find(text_[at_]) != text_.npos) {
      ++at_;
    }
  }
  std::size_t digits() {
    const std::size_t from = at_;
    while (is_digit(peek())) {
      ++at_;
    }
    return at_ - from;
  }

  bool number() {
    const std::size_t from = at_;
    (void)take('-');
    if (!take('0') && digits() == 0) {
      return false;
    }
    if (take('.') && digits() == 0) {
      return false;
    }
    if (take('e') || take('E')) {
      (void)(take('+') || take('-'));
      if (digits() == 0) {
        return false;
      }
    }
    numbers_.push_back(text_.substr(from, at_ - from));
    return true;
  }

  bool string() {
    if (!take('"')) {
      return false;
    }
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') {
        return true;
      }
      if (static_cast<unsigned char>(c) < 0x20) {
        return false;
      }
      if (c == '\\' && !escape()) {
        return false;
      }
    }
    return false;
  }

  bool escape() {
    if (take('u')) {
      const std::string_view four = text_.substr(at_, 4);
      at_ += four.size();
      return four.size() == 4 && four.find_first_not_of("0123456789abcdefABCDEF") == four.npos;
    }
    const bool known = at_ < text_.size() &&
                       std::string_view("\"\\/bfnrt").find(text_[at_]) != std::string_view::npos;
    at_ += known ? 1 : 0;
    return known;
  }

  // One value, or the beginning of a container up to its first value.
  bool value() {
    if (peek() == '{' || peek() == '[') {
      const bool object = text_[at_++] == '{';
      blanks();
      if (take(object ? '}' : ']')) {
        return true;
      }
      open_.push_back(object);
      opened_ = true;
      return !object || name();
    }
    return peek() == '"'                       ? string()
           : peek() == '-' || is_digit(peek()) ? number()
                                               : take("true") || take("false") || take("null");
  }

  bool name() {
    blanks();
    if (!string()) {
      return false;
    }
    blanks();
    return take(':');
  }

  // Behind a value: ends of containers, or a comma and perhaps the next name.
  bool close_all() {
    for (;;) {
      blanks();
      if (open_.empty()) {
        return true;
      }
      const bool object = open_.back();
      if (take(object ? '}' : ']')) {
        open_.pop_back();
        continue;
      }
      return take(',') && (!object || name());
    }
  }

  const std::string_view text_;
  std::size_t at_ = 0;
  bool opened_ = false;
  std::vector<bool> open_;
  std::vector<std::string_view> numbers_;
};

std::vector<std::string> numbers_of(const JsonDocument& json) {
  std::vector<std::string> numbers;
  for (JsonDocument::Index i = 0; i < json.node(0).end; ++i) {
    if (json.node(i).type == JsonDocument::Type::number) {
      numbers.emplace_back(json.text(i));
    }
  }
  return numbers;
}

}  // namespace

void one_input(std::string_view text) {
  std::string_view bare = text;
  if (bare.starts_with("\xEF\xBB\xBF")) {
    bare.remove_prefix(3);
  }
  SecondParser second(bare);
  const bool valid = is_utf8(text) && second.parse();
  require(json_fault(text).empty() == valid, "both parsers agree on what is JSON", text);
  JsonDocument json;
  require(json.parse(text).ok() == valid, "the document agrees with the check", text);
  if (!valid) {
    return;
  }
  const std::vector<std::string> numbers = numbers_of(json);
  require(
      std::equal(numbers.begin(), numbers.end(), second.numbers().begin(), second.numbers().end()),
      "numbers keep their digits", text);
  const std::string written = json.json(json.root());
  JsonDocument again;
  require(again.parse(written).ok() && again.json(0) == written, "what was written reads the same",
          text);
  require(numbers_of(again) == numbers, "numbers are written with their digits", text);
}

}  // namespace dogged::fuzz
