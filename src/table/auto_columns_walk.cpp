// SPDX-License-Identifier: MIT
#include "table/auto_columns_walk.h"

#include <algorithm>

namespace dogged {
namespace {

// Appends `name` as a reference token of a JSON pointer (RFC 6901).
void append_token(std::string& path, std::string_view name) {
  path += '/';
  if (std::none_of(name.begin(), name.end(), [](char c) { return c == '~' || c == '/'; })) {
    path += name;
    return;
  }
  for (const char c : name) {
    if (c == '~') {
      path += "~0";
    } else if (c == '/') {
      path += "~1";
    } else {
      path += c;
    }
  }
}

}  // namespace

void LeafWalk::start(const JsonDocument& document) {
  document_ = &document;
  levels_.clear();
  path_.clear();
  at_root_ = true;
}

bool LeafWalk::goes_into(const JsonDocument::Node& node) const {
  if (levels_.size() >= kMaxDepth) {
    return false;
  }
  if (node.type == JsonDocument::Type::object) {
    return true;
  }
  return node.type == JsonDocument::Type::array &&
         (node.count == 1 || (node.count > 1 && arrays_ == Arrays::by_first_element));
}

bool LeafWalk::next() {
  for (;;) {
    JsonDocument::Index value = document_->root();
    if (at_root_) {
      at_root_ = false;
    } else {
      while (!levels_.empty() && levels_.back().at >= levels_.back().end) {
        levels_.pop_back();
      }
      if (levels_.empty()) {
        return false;
      }
      Level& level = levels_.back();
      path_.resize(level.path_size);
      value = level.at;
      if (level.object) {
        append_token(path_, document_->text(value));
        ++value;
      } else if (paths_ == Paths::pointers) {
        path_ += "/0";
      }
      // Of an array only the first element is looked at.
      level.at = level.object ? document_->node(value).end : level.end;
    }
    const JsonDocument::Node& node = document_->node(value);
    if (!goes_into(node)) {
      leaf_ = value;
      return true;
    }
    levels_.push_back({value + 1, node.end, node.type == JsonDocument::Type::object, path_.size()});
  }
}

std::string LeafWalk::dotted_name() const {
  std::string name;
  for (const Level& level : levels_) {
    if (!level.object) {
      continue;
    }
    // What this level put on the path: up to the next level, or to the end.
    const Level* below = &level == &levels_.back() ? nullptr : &level + 1;
    const std::size_t end = below == nullptr ? path_.size() : below->path_size;
    std::string_view token = std::string_view(path_).substr(level.path_size, end - level.path_size);
    token.remove_prefix(1);
    name += name.empty() ? "" : ".";
    for (std::size_t i = 0; i < token.size(); ++i) {
      if (token[i] == '~') {
        name += token[++i] == '1' ? '/' : '~';
      } else {
        name += token[i];
      }
    }
  }
  return name.empty() ? "value" : name;
}

}  // namespace dogged
