// SPDX-License-Identifier: MIT
// What the dispatcher does where this machine has no means for a request, or for an answer.
#include "engine/dispatcher.h"

namespace dogged {

// The attempt is still to be made: it costs the job nothing and tells nothing of the server.
void Dispatcher::heed_shortage(EndedAttempt&& ended, Moment now) {
  const std::string what =
      ended.verdict.error.empty() ? "it is short of something" : ended.verdict.error;
  shortage_.on_shortage(in_flight_, now.steady);
  limit_concurrency();
  leases_.put_back({std::move(ended.job), ended.stale, std::move(ended.next)});
  if (!leaves_for_shortage(what, now)) {
    tell_shortage(what);
  }
}

// The request was made. Where there was no memory for its answer, that one is lost, and charged: it
// may be the job's own, and would be asked for for ever.
void Dispatcher::heed_made(const EndedAttempt& ended, Moment now) {
  shortage_.on_made();
  if (ended.verdict.shortage) {
    shortage_.on_lost_answer(in_flight_, now.steady);
    limit_concurrency();
    tell_shortage(ended.verdict.error);
  }
}

bool Dispatcher::leaves_for_shortage(const std::string& what, Moment now) {
  if (shortage_.is_hopeless(now.steady)) {
    end(RunEnd::systemic,
        "this machine lets no request be made: " + what +
            "; give the run more (`ulimit -a` tells its limits), then run again to resume; "
            "nothing was lost",
        now);
    return true;
  }
  const auto since = shortage_.none_since();
  const auto until = shortage_.hold_until();
  if (options_.max_wait && since && until && *until - *since > *options_.max_wait) {
    end(RunEnd::later,
        "this machine lets no request be made (" + what + "), for longer than --max-wait", now);
    return true;
  }
  return false;
}

// Each of the two once a run, which may last for weeks.
void Dispatcher::tell_shortage(const std::string& what) {
  if (shortage_.is_stuck() && !told_hold_) {
    told_hold_ = true;
    notices_.push_back("this machine lets no request be made for now (" + what +
                       "): trying again, at least once a minute");
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
