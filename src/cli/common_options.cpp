// SPDX-License-Identifier: MIT
#include "cli/common_options.h"

#include <cstdlib>
#include <string_view>

namespace dogged {

std::string store_location(const std::string& flag) {
  if (!flag.empty()) {
    return flag;
  }
  const char* variable = std::getenv("DOGGED_DB");  // NOLINT(concurrency-mt-unsafe) no thread yet
  return variable != nullptr && *variable != '\0' ? variable : CommonOptions::kDefaultStore;
}

LogLevel log_threshold(const CommonOptions& common) {
  if (common.quiet) {
    return LogLevel::warning;
  }
  return common.verbose ? LogLevel::debug : LogLevel::info;
}

std::string db_argument(const CommonOptions& common) {
  // DOGGED_DB may be unset where the suggested command is typed, so it is written out.
  return common.db == CommonOptions::kDefaultStore ? "" : " --db " + shell_word(common.db);
}

std::string shell_word(const std::string& text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=@%+,";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string::npos) {
    return text;
  }
  std::string word = "'";
  for (const char c : text) {
    if (c == '\'') {
      word += "'\\''";
    } else {
      word += c;
    }
  }
  return word + "'";
}

}  // namespace dogged
