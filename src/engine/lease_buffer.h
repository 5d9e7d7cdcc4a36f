// SPDX-License-Identifier: MIT
#pragma once

#include "engine/moment.h"
#include "http/http_client.h"
#include "store/job_store.h"

#include <cstddef>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

namespace dogged {

// A job to be sent.
struct WaitingJob {
  LeasedJob job;
  bool resend = false;                 // FetchOrder::resend
  std::optional<HttpRequest> request;  // FetchOrder::request
  bool is_begun() const { return resend || request; }
};

// The jobs that are leased and not started, and when asking the store for more is worth it. Pure;
// one thread at a time.
class LeaseBuffer {
 public:
  explicit LeaseBuffer(bool follow) : follow_(follow) {}

  std::size_t size() const { return jobs_.size(); }
  bool empty() const { return jobs_.empty(); }
  std::optional<WaitingJob> take();
  // Its attempt goes on with one more request, before all others.
  void put_back(WaitingJob&& job) { jobs_.push_front(std::move(job)); }
  // Back to the store as they were.
  void give_back(std::vector<Settlement>& settle);
  // The same but for those that have begun: what they were asked so far would be for nothing.
  void give_back_unbegun(std::vector<Settlement>& settle);

  // How many to ask for, so that there are `target`; 0 while there are, or while the store had no
  // more.
  int wanted(int target, SteadyTime now) const;
  // Whether so few are left that it should not wait for the next group of settlements.
  bool low(int target) const { return static_cast<int>(jobs_.size()) * 2 <= target; }
  SteadyTime ask_at() const { return ask_at_; }
  // Something became ready by other ways than an exchange.
  void ask_soon(SteadyTime now) { ask_at_ = now; }

  // What an exchange gave. `others`: other workers hold leases, which may come back.
  void on_exchanged(const LeaseRequest& request, std::vector<LeasedJob>&& leased,
                    const QueueOutlook& outlook, bool others, Moment now);
  // The store had more jobs that are due, and yet gave fewer than it was asked for: the rest waits
  // for an idle worker.
  bool held_back() const { return held_back_; }

 private:
  const bool follow_;
  std::deque<WaitingJob> jobs_;
  SteadyTime ask_at_{};  // the store has nothing for us before
  bool held_back_ = false;
};

}  // namespace dogged
