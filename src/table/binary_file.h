// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace dogged {

// What a file that is no text is, and what to do with it, told by its first bytes ("an Excel
// workbook
// ...; save it as CSV"); empty where it may be text. Any thread.
std::string binary_advice(std::string_view head);

}  // namespace dogged
