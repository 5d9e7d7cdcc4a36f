// SPDX-License-Identifier: MIT
// The quick look in front of the parser (base/json_syntax.h). Not for others.
#pragma once

#include <string_view>

namespace dogged {

// Whether `text` is for sure one valid JSON value to its last byte (RFC 8259, UTF-8 included): one
// pass, no memory, no copy. False proves nothing: what is wrong, or merely unusual (a byte order
// mark, over 64 levels), is the parser's to say. Any thread.
bool is_surely_json(std::string_view text);

// The same, and tells what the text holds; which counts for nothing where it is false. `nodes` is
// made for this text.
class JsonNodes;
bool read_sure_json(std::string_view text, JsonNodes& nodes);

}  // namespace dogged
