// SPDX-License-Identifier: MIT
#pragma once

#include "base/json_document.h"

#include <string>
#include <string_view>
#include <vector>

namespace dogged {

// Finds what an answer holds, place by place: objects are gone into, arrays of one element too;
// what else there is (scalars, other arrays, and whatever lies deeper than kMaxDepth) is a leaf. An
// empty object holds nothing. Nothing recurses. One thread; reused from answer to answer.
class LeafWalk {
 public:
  // How arrays of several elements are taken.
  enum class Arrays { as_leaf, by_first_element };
  // Whether the path has the index of an element.
  enum class Paths { names_only, pointers };

  static constexpr std::size_t kMaxDepth = 64;

  LeafWalk(Arrays arrays, Paths paths) : arrays_(arrays), paths_(paths) {}

  void start(const JsonDocument& document);
  // Goes to the next leaf; false behind the last.
  bool next();

  JsonDocument::Index leaf() const { return leaf_; }
  // Its place as a JSON pointer, without array indexes where those are not wanted.
  std::string_view path() const { return path_; }
  // The names on the way to it joined with dots; "value" where there are none.
  std::string dotted_name() const;

 private:
  struct Level {
    JsonDocument::Index at;  // the next member's name, or the element
    JsonDocument::Index end;
    bool object;
    std::size_t path_size;  // of what leads here
  };
  bool goes_into(const JsonDocument::Node& node) const;

  const Arrays arrays_;
  const Paths paths_;
  const JsonDocument* document_ = nullptr;
  std::vector<Level> levels_;
  JsonDocument::Index leaf_ = 0;
  std::string path_;
  bool at_root_ = false;  // nothing was looked at yet
};

// `name`, or name_2, name_3 ... where `taken` says so.
template <typename Taken>
std::string free_name(const std::string& name, const Taken& taken) {
  std::string free = name;
  for (int n = 2; taken(free); ++n) {
    free = name + "_" + std::to_string(n);
  }
  return free;
}

}  // namespace dogged
