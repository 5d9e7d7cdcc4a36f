// SPDX-License-Identifier: MIT
#include "base/json_document.h"

#include "base/json_nodes.h"
#include "base/json_scan.h"
#include "base/json_syntax.h"

#include <algorithm>
#include <limits>

namespace dogged {
namespace {

// A document that was unusually large does not keep its memory for all that come after it.
constexpr std::size_t kKeptBytes = std::size_t{1} << 20;

// Whether the reference token `token` of a pointer, in which ~1 is a slash and ~0 a tilde, names
// `name`.
bool token_equals(std::string_view token, std::string_view name) {
  std::size_t at = 0;
  for (const char c : name) {
    if (at == token.size()) {
      return false;
    }
    char wanted = token[at++];
    if (wanted == '~' && at < token.size()) {
      wanted = token[at++] == '1' ? '/' : '~';
    }
    if (wanted != c) {
      return false;
    }
  }
  return at == token.size();
}

// The element that `token` means in an array of `count`; "-" and leading zeros mean none.
std::optional<std::uint32_t> array_index(std::string_view token, std::uint32_t count) {
  if (token.empty() || token.size() > 10 || (token.size() > 1 && token.front() == '0')) {
    return std::nullopt;
  }
  std::uint64_t value = 0;
  for (const char c : token) {
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  if (value >= count) {
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(value);
}

// Appends what needs no look at its parts: a scalar, or a container that is verbatim.
void append_whole(const JsonDocument& document, JsonDocument::Index i, std::string& out) {
  switch (document.node(i).type) {
    case JsonDocument::Type::null:
      out += "null";
      break;
    case JsonDocument::Type::boolean:
      out += document.node(i).truth ? "true" : "false";
      break;
    case JsonDocument::Type::string:
      append_json_string(out, document.text(i));
      break;
    case JsonDocument::Type::number:
    case JsonDocument::Type::array:
    case JsonDocument::Type::object:
      out += document.text(i);
      break;
  }
}

}  // namespace

// Takes the parser's events. While a container is open, its `end` holds the index of the container
// around it, so that no stack is needed.
struct JsonDocument::Builder final : JsonEvents {
  static constexpr Index kNone = std::numeric_limits<Index>::max();

  explicit Builder(JsonDocument& document) : nodes(document.nodes_) {}

  void add(Type type, bool truth, std::uint32_t offset, std::uint32_t length) {
    const auto behind = static_cast<Index>(nodes.size() + 1);
    nodes.push_back({type, truth, false, behind, 0, offset, length});
  }
  void restart() override {
    nodes.clear();
    open = kNone;
  }
  void null() override { add(Type::null, false, 0, 0); }
  void boolean(bool truth) override { add(Type::boolean, truth, 0, 0); }
  void number(std::uint32_t offset, std::uint32_t length) override {
    add(Type::number, false, offset, length);
  }
  void string(std::uint32_t offset, std::uint32_t length) override {
    add(Type::string, false, offset, length);
  }
  void begin(bool object) override {
    const auto self = static_cast<Index>(nodes.size());
    nodes.push_back({object ? Type::object : Type::array, false, false, open, 0, 0, 0});
    open = self;
  }
  void end(std::uint32_t count) override {
    Node& container = nodes[open];
    open = container.end;
    container.end = static_cast<Index>(nodes.size());
    container.count = count;
  }

  std::vector<Node>& nodes;
  Index open = kNone;
};

Result<bool> JsonDocument::parse(std::string_view text) {
  nodes_.clear();
  if (pool_.capacity() > kKeptBytes && text.size() < pool_.capacity() / 16) {
    std::string().swap(pool_);
    std::vector<Node>().swap(nodes_);
  }
  // Nearly all there is takes this way, which needs a third of the parser's time.
  if (text.size() <= kMaxJsonBytes) {
    JsonNodes quick(text, nodes_, pool_);
    if (read_sure_json(text, quick)) {
      return true;
    }
    nodes_.clear();
  }
  Builder builder(*this);
  std::string fault = parse_json(text, pool_, builder);
  if (!fault.empty()) {
    nodes_.clear();
    return Failure{std::move(fault)};
  }
  return true;
}

std::string_view JsonDocument::text(Index i) const {
  const Node& n = nodes_[i];
  return std::string_view(pool_).substr(n.offset, n.length);
}

std::optional<JsonDocument::Index> JsonDocument::find(std::string_view pointer) const {
  if (nodes_.empty() || (!pointer.empty() && pointer.front() != '/')) {
    return std::nullopt;
  }
  Index at = 0;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const std::string_view token = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(token.size());
    const Node& here = nodes_[at];
    Index child = at + 1;
    if (here.type == Type::array) {
      const auto index = array_index(token, here.count);
      if (!index) {
        return std::nullopt;
      }
      for (std::uint32_t i = 0; i < *index; ++i) {
        child = nodes_[child].end;
      }
      at = child;
      continue;
    }
    if (here.type != Type::object) {
      return std::nullopt;
    }
    std::optional<Index> found;
    for (; child < here.end; child = nodes_[child + 1].end) {
      if (token_equals(token, text(child))) {
        found = child + 1;
      }
    }
    if (!found) {
      return std::nullopt;
    }
    at = *found;
  }
  return at;
}

void JsonDocument::write_json(Index i, std::string& out) const {
  struct Open {
    Index end;
    bool object;
    bool name_next;
  };
  std::vector<Open> open;
  const Index stop = nodes_[i].end;
  bool first = true;
  for (Index at = i; at < stop; ++at) {
    const bool is_name = !open.empty() && open.back().object && open.back().name_next;
    if (!open.empty()) {
      Open& around = open.back();
      if (!first && (!around.object || around.name_next)) {
        out += ',';
      }
      around.name_next = !around.name_next;
    }
    first = false;
    const Node& n = nodes_[at];
    const bool object = n.type == Type::object;
    if (n.verbatim || (!object && n.type != Type::array)) {
      append_whole(*this, at, out);
      at = n.end - 1;
    } else {
      out += object ? '{' : '[';
      open.push_back({n.end, object, true});
      first = true;
    }
    if (is_name) {
      out += ':';
    }
    while (!open.empty() && open.back().end == at + 1) {
      out += open.back().object ? '}' : ']';
      open.pop_back();
      first = false;
    }
  }
}

std::string JsonDocument::json(Index i) const {
  std::string out;
  write_json(i, out);
  return out;
}

}  // namespace dogged
