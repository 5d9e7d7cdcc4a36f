// SPDX-License-Identifier: MIT
#include "engine/lease_buffer.h"

#include "engine/settle.h"

#include <algorithm>
#include <utility>

namespace dogged {
namespace {

constexpr Millis kPollOthers{500};    // while other workers' leases may come back
constexpr Millis kPollFollow{1'000};  // while waiting for new work
constexpr Millis kPollIdle{5'000};    // otherwise: an import may add jobs at any time
constexpr Millis kLeastWait{2};       // when our clock and the store's disagree about what is due

}  // namespace

std::optional<WaitingJob> LeaseBuffer::take() {
  if (jobs_.empty()) {
    return std::nullopt;
  }
  std::optional<WaitingJob> job(std::move(jobs_.front()));
  jobs_.pop_front();
  return job;
}

void LeaseBuffer::give_back(std::vector<Settlement>& settle) {
  for (const WaitingJob& waiting : jobs_) {
    settle.push_back(given_back(waiting.job));
  }
  jobs_.clear();
}

void LeaseBuffer::give_back_unbegun(std::vector<Settlement>& settle) {
  // They lie anywhere: one that had not begun comes to the front where it could not be started.
  std::erase_if(jobs_, [&settle](const WaitingJob& waiting) {
    if (waiting.is_begun()) {
      return false;
    }
    settle.push_back(given_back(waiting.job));
    return true;
  });
}

int LeaseBuffer::wanted(int target, SteadyTime now) const {
  if (now < ask_at_) {
    return 0;
  }
  return std::max(0, target - static_cast<int>(jobs_.size()));
}

void LeaseBuffer::on_exchanged(const LeaseRequest& request, std::vector<LeasedJob>&& leased,
                               const QueueOutlook& outlook, bool others, Moment now) {
  const bool satisfied = static_cast<int>(leased.size()) >= request.max;
  const bool none_due =
      outlook.next_due && *outlook.next_due > request.due_until.value_or(now.wall);
  held_back_ = !satisfied && outlook.ready > 0 && !none_due;
  for (LeasedJob& job : leased) {
    jobs_.push_back({std::move(job), false, std::nullopt});
  }
  if (satisfied && outlook.ready > 0 && !none_due) {
    ask_at_ = now.steady;
    return;
  }
  Millis wait = others || held_back_ ? kPollOthers : follow_ ? kPollFollow : kPollIdle;
  if (outlook.next_due) {
    wait = std::min(wait, *outlook.next_due - now.wall);
  }
  ask_at_ = now.steady + std::max(wait, kLeastWait);
}

}  // namespace dogged
