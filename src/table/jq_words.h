// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace dogged {

// What a filter's text says of how it deals with numbers. Judged by its words: it may deal with
// something else in that way.
struct JqUses {
  bool printing = false;  // numbers as text: tostring, @csv, "\(...)"
  bool counting = false;  // numbers compared, or counted with; a text literal beside it is neither
};

JqUses jq_uses(std::string_view filter);

}  // namespace dogged
