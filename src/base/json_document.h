// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dogged {

// A JSON text (RFC 8259) parsed to its last byte, kept as a flat array of nodes in document order.
// Numbers keep their digits as written: they are never turned into a double, so
// 12345678901234567890 and 1.10 come out as they went in. Nothing recurses over depth; 100,000
// levels are fine. A value: after parse() it may be read from any thread; parse() by one at a time.
class JsonDocument {
 public:
  enum class Type : std::uint8_t { null, boolean, number, string, array, object };

  struct Node {
    Type type;
    bool truth;            // for boolean
    bool verbatim;         // of a container: its text is what write_json would make of it
    std::uint32_t end;     // index behind the last node of this value: its next sibling, or the end
    std::uint32_t count;   // elements of an array, members of an object
    std::uint32_t offset;  // of a string's, number's or verbatim container's text in the pool
    std::uint32_t length;
  };
  using Index = std::uint32_t;
  // An object's members stand as pairs: a string node (the name), then the value.

  // Replaces what was held; the buffers are kept for reuse. Fails with what is wrong and at which
  // byte: empty text, trailing bytes, invalid UTF-8, bad syntax, more than 2 GiB. A byte order mark
  // is skipped, and half of a surrogate pair (\ud83d alone) reads as U+FFFD, as in most readers.
  // After a failure there is nothing to read.
  Result<bool> parse(std::string_view text);

  Index root() const { return 0; }
  const Node& node(Index i) const { return nodes_[i]; }
  // The characters of a string, or a number's digits as written. Valid until the next parse.
  std::string_view text(Index i) const;

  // RFC 6901. Nothing where the pointer leads nowhere. "" is the root. Where an object has a name
  // twice, the last one counts (as in most readers).
  std::optional<Index> find(std::string_view pointer) const;

  // The value as compact JSON text, numbers with their digits.
  void write_json(Index i, std::string& out) const;
  std::string json(Index i) const;

 private:
  struct Builder;
  std::vector<Node> nodes_;
  std::string pool_;
};

// Whether `text` is one valid JSON value to its last byte, without keeping it. Empty when valid,
// else what is wrong and where. Any thread.
std::string json_fault(std::string_view text);

// `text` as a JSON string with its quotes. Invalid UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);
std::string json_string(std::string_view text);

// Whether `pointer` has the form of RFC 6901: empty, or begins with "/" and ~ only as ~0 and ~1.
bool is_json_pointer(std::string_view pointer);

}  // namespace dogged
