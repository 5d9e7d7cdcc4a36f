// SPDX-License-Identifier: MIT
// What the dispatcher does where this machine has no means for a request.
#include "engine/dispatcher.h"

namespace dogged {

// The attempt is still to be made: it costs the job nothing and tells nothing of the server.
void Dispatcher::heed_shortage(EndedAttempt&& ended, Moment now) {
  const std::string what =
      ended.verdict.error.empty() ? "it is short of something" : ended.verdict.error;
  shortage_.on_shortage(in_flight_, now.steady);
  limit_concurrency();
  leases_.put_back({std::move(ended.job), ended.stale, std::move(ended.next)});
  if (shortage_.is_hopeless()) {
    end(RunEnd::systemic,
        "this machine lets no request be made: " + what +
            "; give the run more (`ulimit -a` tells its limits), then run again to resume; "
            "nothing was lost",
        now);
  } else if (!told_shortage_) {
    told_shortage_ = true;
    notices_.push_back("this machine has no means for so many requests at once (" + what +
                       "): going on with fewer");
  }
}

// What the caps leave this worker, and what the machine can do.
void Dispatcher::limit_concurrency() {
  pacer_.limit_concurrency(shortage_.bounded(most_at_once_));
}

std::optional<StartDecision> Dispatcher::shortage_gate() const {
  if (const auto until = shortage_.hold_until()) {
    return StartDecision{StartDecision::Kind::not_before, *until, PaceBound::concurrency};
  }
  return std::nullopt;
}

}  // namespace dogged
