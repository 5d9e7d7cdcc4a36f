// SPDX-License-Identifier: MIT
#include "engine/tally.h"

#include "base/text.h"

namespace dogged {
namespace {

constexpr std::int64_t kShareFrom = 100;  // settled jobs before a share of errors means anything

}  // namespace

void Tally::count(JobState to, std::int64_t by) {
  switch (to) {
    case JobState::done:
      done += by;
      break;
    case JobState::not_found:
      not_found += by;
      break;
    case JobState::failed:
      failed += by;
      break;
    case JobState::ready:
    case JobState::leased:
      break;
  }
}

std::optional<std::string> Tally::too_many_errors(const RunOptions& options) const {
  const bool too_many = options.max_errors > 0 && failed >= options.max_errors;
  const bool too_large_a_share =
      options.max_errors_share > 0 && settled() >= kShareFrom &&
      static_cast<double>(failed) >= options.max_errors_share * static_cast<double>(settled());
  if (!too_many && !too_large_a_share) {
    return std::nullopt;
  }
  return with_thousands(failed) + " of " + with_thousands(settled()) +
         " jobs failed, as many as --max-errors allows; `dogged list --state failed` shows why";
}

}  // namespace dogged
