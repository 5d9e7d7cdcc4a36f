// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.h"
#include "cli/command.h"

#include <optional>
#include <string>
#include <string_view>

namespace dogged {

// A cap as an option: "none", or what `parse` reads, into `target`, which is empty where the option
// was not given.
template <typename T>
void add_cap(CommandOptions& add, std::string_view names, Result<T> (*parse)(std::string_view),
             std::optional<std::optional<T>>& target, const OptionHelp& help) {
  add.parsed(
      names,
      [&target, parse](std::string_view text) {
        if (text == "none") {
          target.emplace();
          return std::string();
        }
        const Result<T> value = parse(text);
        if (!value) {
          return value.error() + ", or none";
        }
        target.emplace(value.value());
        return std::string();
      },
      help);
}

}  // namespace dogged
