// SPDX-License-Identifier: MIT
// What the dispatcher makes of that which the workers on its store share.
#include "engine/dispatcher.h"
#include "engine/settle.h"
#include "pace/retry_after.h"

#include <algorithm>

namespace dogged {

void Dispatcher::heed_fleet(const FleetView& view, Moment at, Moment now) {
  fleet_.on_view(view, at, now.steady);
  if (start_near_) {
    start_near_->concurrency = std::max(1.0, start_near_->concurrency / std::max(1, view.workers));
    if (start_near_->rate) {
      *start_near_->rate /= std::max(1, view.workers);
    }
    pacer_.start_near(*start_near_, now.steady);
    start_near_.reset();
  }
  most_at_once_ = std::min(options_.max_concurrency, options_.most_here);
  if (view.caps.max_concurrency) {
    most_at_once_ = std::min(most_at_once_, view.permits);
  }
  limit_concurrency();
  if (!fleet_.holds_all()) {
    held_since_.reset();
  } else if (!held_since_) {
    held_since_ = now.steady;
  }
  heed_wait(view.wait_until, now);
  probe_now_ = probe_now_ && waits(now);  // of a wait that comes later nobody has asked to
  heed_fleet_outage(now);
}

std::optional<LearnedPace> Dispatcher::learned() const {
  std::optional<LearnedPace> pace = pacer_.learned();
  if (pace) {
    pace->concurrency *= fleet_.view().workers;
    if (pace->rate) {
      *pace->rate *= fleet_.view().workers;
    }
    pace->at = fleet_.last_answer().value_or(WallTime{});
  }
  return pace;
}

// What the store has of the server's wait: an earlier run's, another worker's, or this one's own.
void Dispatcher::heed_wait(const std::optional<WallTime>& until, Moment now) {
  // It was told there: who took it out has seen that it is over.
  if (waits(now) && !fleet_.has_untold_wait() && (!until || *until < *source_wait_)) {
    source_wait_.reset();
    pacer_.hold_until(now.steady);  // what comes after is spread
  }
  // A setting that cannot be right: no server's wait is longer than the longest.
  if (!until || *until <= now.wall || *until > now.wall + kLongestWait ||
      *until == dismissed_wait_) {
    return;
  }
  if (*until - now.wall > kLongWait || options_.probe_now) {
    source_wait_ = std::max(source_wait_.value_or(*until), *until);
    if (probe_now_) {
      leases_.ask_soon(now.steady);  // what is parked for it too
    }
  } else {
    pacer_.hold_until(now.steady_at(*until));
  }
}

// Once none of those that were parked for the wait came, there are none left.
void Dispatcher::heed_parked(const Commit& commit, const std::vector<LeasedJob>& leased) {
  if (!parked_until_ || !commit.request.due_until || commit.request.max == 0) {
    return;
  }
  const bool some = std::any_of(leased.begin(), leased.end(), [&](const LeasedJob& job) {
    return job.due >= *dismissed_wait_ - kLongWait / 60;
  });
  if (!some) {
    parked_until_.reset();
  }
}

void Dispatcher::heed_fleet_outage(Moment now) {
  const bool was_down = pacer_.outage_since().has_value();
  if (!was_down && fleet_.must_join_outage()) {
    pacer_.join_outage(now.steady);
    fleet_.on_joined();
    std::vector<Settlement> decided;
    hold_.let_off(decided);
    absorb(std::move(decided), now);
  } else if (was_down && fleet_.must_leave_outage()) {
    pacer_.leave_outage(now.steady);
  }
  tell_outage(was_down, "another run has found it", fleet_.view().outage_since.value_or(now.wall),
              now);
}

}  // namespace dogged
