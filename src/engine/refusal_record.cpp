// SPDX-License-Identifier: MIT
#include "engine/refusal_record.h"

namespace dogged {
namespace {

constexpr int kRefusals = 20;
constexpr std::int64_t kOthersAnswered = 100;
constexpr std::size_t kMostJobs = 100'000;

}  // namespace

bool RefusalRecord::is_own_fault(JobId job, std::int64_t answered) {
  if (refused_.size() >= kMostJobs) {
    refused_.clear();  // answered by other runs, most of them
  }
  const auto [found, is_new] = refused_.try_emplace(job, Count{0, answered});
  Count& count = found->second;
  ++count.refusals;
  return count.refusals >= kRefusals && answered - count.answered_before >= kOthersAnswered;
}

}  // namespace dogged
