// SPDX-License-Identifier: MIT
#include "cli/toml_advice.h"

namespace dogged {

// `type = bearer` and `timeout = 60s` are to toml++ values that begin as none, or as one of another
// type.
std::string_view toml_advice(std::string_view fault) {
  for (const std::string_view of : {"value: could not", "boolean", "floating-point", "integer"}) {
    if (fault.find(of) != std::string_view::npos) {
      return "; a text needs quotes: type = \"bearer\"";
    }
  }
  return "";
}

}  // namespace dogged
