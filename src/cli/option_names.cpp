// SPDX-License-Identifier: MIT
#include "cli/option_names.h"

#include "base/text.h"

#include <algorithm>

namespace dogged {

std::string help_names(std::string_view names, std::string_view value) {
  std::string left;
  for (const char c : names) {
    left += c;
    if (c == ',') {
      left += ' ';
    }
  }
  if (left.rfind("--", 0) == 0) {
    left = "    " + left;
  }
  return value.empty() ? left : left + ' ' + std::string(value);
}

std::string spoken_name(std::string_view names) {
  const std::size_t at = names.find("--");
  const std::string_view name = at == std::string_view::npos ? names : names.substr(at);
  return std::string(name.substr(0, name.find(',')));
}

std::string nearest_option(std::string_view typed, const std::vector<std::string>& known) {
  constexpr std::string_view kUnguarded[] = {"--force",         "--insecure", "--change-source",
                                             "--trust-answers", "--now",      "--all"};
  std::vector<std::string> guarded;
  std::vector<std::string> unguarded;
  for (const std::string& name : known) {
    const bool is =
        std::find(std::begin(kUnguarded), std::end(kUnguarded), name) != std::end(kUnguarded);
    (is ? unguarded : guarded).push_back(name);
  }
  const std::string safe = nearest(typed, guarded);
  const std::string other = nearest(typed, unguarded);
  const bool nearer =
      safe.empty() || (!other.empty() && edit_distance(typed, other) < edit_distance(typed, safe));
  return nearer ? other : safe;
}

}  // namespace dogged
