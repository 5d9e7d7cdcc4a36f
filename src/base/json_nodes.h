// SPDX-License-Identifier: MIT
// What read_sure_json makes a JsonDocument of. Not for others.
#pragma once

#include "base/json_document.h"

#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace dogged {

// The nodes of one JSON text, with strings unescaped in a pool that is a copy of the text. No
// virtual calls, unlike JsonEvents: they would take as long as the reading. One thread; nodes and
// pool outlive it.
class JsonNodes {
 public:
  using Node = JsonDocument::Node;
  using Type = JsonDocument::Type;
  using Index = JsonDocument::Index;

  // Replaces what `nodes` and `pool` held.
  JsonNodes(std::string_view text, std::vector<Node>& nodes, std::string& pool)
      : text_(text.data()), nodes_(nodes), pool_(pool) {
    nodes_.clear();
    pool_.assign(text);
  }

  void name(const char* begin, const char* end, bool escaped) {
    add(Type::string, false, begin, length_of(begin, end, escaped));
  }
  void string(const char* begin, const char* end, bool escaped) {
    count();
    name(begin, end, escaped);
  }
  void number(const char* begin, const char* end) {
    count();
    add(Type::number, false, begin, static_cast<std::uint32_t>(end - begin));
  }
  void word(char first) {
    count();
    add(first == 'n' ? Type::null : Type::boolean, first == 't', text_, 0);
  }
  // While a container is open, its `end` holds the index of the container around it.
  void open(const char* begin, bool object) {
    count();
    const auto self = static_cast<Index>(nodes_.size());
    nodes_.push_back({object ? Type::object : Type::array, false, false, open_, 0,
                      static_cast<std::uint32_t>(begin - text_), 0});
    open_ = self;
  }
  void close(const char* end) {
    Node& container = nodes_[open_];
    open_ = container.end;
    container.end = static_cast<Index>(nodes_.size());
    const auto behind = static_cast<std::uint32_t>(end - text_);
    container.length = behind - container.offset;
    container.verbatim = rewritten_ <= container.offset;
  }
  // At `at` stands what write_json writes otherwise, or leaves out: a blank.
  void other(const char* at) { rewritten_ = static_cast<std::uint32_t>(at - text_) + 1; }

 private:
  static constexpr Index kNone = std::numeric_limits<Index>::max();

  void count() {
    if (open_ != kNone) {
      ++nodes_[open_].count;
    }
  }
  void add(Type type, bool truth, const char* begin, std::uint32_t length) {
    const auto behind = static_cast<Index>(nodes_.size() + 1);
    nodes_.push_back(
        {type, truth, false, behind, 0, static_cast<std::uint32_t>(begin - text_), length});
  }
  std::uint32_t length_of(const char* begin, const char* end, bool escaped) {
    const auto length = static_cast<std::uint32_t>(end - begin);
    if (!escaped) {
      return length;
    }
    other(begin);  // there is more than one way to spell an escape
    return unescape(pool_.data() + (begin - text_), length);
  }
  // Unescapes valid JSON where it stands; gives the new length. Half of a surrogate pair becomes
  // U+FFFD, which is no longer either.
  static std::uint32_t unescape(char* text, std::uint32_t length);

  const char* const text_;
  std::vector<Node>& nodes_;
  std::string& pool_;
  Index open_ = kNone;
  // Behind the last byte that write_json would not write as it stands.
  std::uint32_t rewritten_ = 0;
};

}  // namespace dogged
