// SPDX-License-Identifier: MIT
// What the dispatcher tells the pacer, and makes of an outage: its failures are charged to no job.
#include "base/text.h"
#include "base/units.h"
#include "engine/dispatcher.h"
#include "engine/settle.h"
#include "pace/rate_limit_headers.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace dogged {
namespace {

// A server that answers 500 or nothing for so long may do so because of the jobs that are left:
// from then on a failed probe counts, so that every run comes to its end.
constexpr std::chrono::minutes kOutageMayBeJobs{10};

// `leave`: the share of what is announced that is not ours.
ServerHint hint_of(const EndedAttempt& ended, double leave) {
  ServerHint hint;
  hint.retry_after = ended.verdict.retry_after;
  hint.too_many = ended.http_status == 429;
  hint.suspect = ended.job.attempts > 0;
  if (const auto& announced = ended.verdict.announced) {
    hint.announced_rate = announced_rate(*announced);
    hint.remaining = announced->remaining;
    hint.reset = announced->reset;
    if (leave > 0 && announced->quota && hint.remaining) {
      hint.remaining = std::max(0.0, *hint.remaining - leave * *announced->quota);
      const bool is_answer = ended.verdict.pace == PaceSignal::answered;
      if (*hint.remaining <= 0 && is_answer && !hint.retry_after) {
        hint.retry_after = announced->reset;
      }
    }
  }
  return hint;
}

}  // namespace

void Dispatcher::tell_pacer(const EndedAttempt& ended, Moment now) {
  const Verdict& verdict = ended.verdict;
  const bool was_down = pacer_.outage_since().has_value();
  if (verdict.pace == PaceSignal::answered && ended.sent) {
    fleet_.on_answer(now.wall);
    if (probe_ == ended.start && source_wait_) {
      dismissed_wait_ = std::exchange(source_wait_, std::nullopt);
      parked_until_ = *dismissed_wait_ + kParkedAfter;
      wait_is_over_ = true;
      leases_.ask_soon(now.steady);
      notices_.push_back("the server answers before the wait it asked for is over");
    }
  }
  ServerHint hint = hint_of(ended, options_.leave);
  PaceSignal signal = verdict.pace;
  if (hint.retry_after) {
    fleet_.on_wait(now.wall + *hint.retry_after);
    if (*hint.retry_after > kLongWait) {
      note_wait(*hint.retry_after, verdict.error, now);
      hint.retry_after.reset();
      // A quota says nothing about how many at once are right.
      signal = signal == PaceSignal::refused ? PaceSignal::interrupted : signal;
    }
  }
  pacer_.on_end(ended.start, signal, hint, now.steady);
  heed_outage(was_down, ended, now);
}

void Dispatcher::note_wait(Millis wait, const std::string& error, Moment now) {
  const WallTime until = now.wall + wait;
  if (source_wait_ && until <= *source_wait_ + Millis(1'000)) {
    return;
  }
  source_wait_ = until;
  notices_.push_back("the server asks to wait until " + local_time(until, now.wall) + " (" +
                     (error.empty() ? "its limit is used up" : error) + "), for " +
                     format_duration(wait));
}

// After an ending: an outage begins, goes on or is over, or trouble turns out to be the jobs' own.
void Dispatcher::heed_outage(bool was_down, const EndedAttempt& ended, Moment now) {
  const bool is_down = pacer_.outage_since().has_value();
  outage_tries_ = is_down && was_down ? outage_tries_ + 1 : 0;
  std::vector<Settlement> decided;
  if (is_down) {
    hold_.let_off(decided);
  } else if (was_down || ended.verdict.pace == PaceSignal::answered) {
    hold_.charge(decided);
  }
  absorb(std::move(decided), now);
  tell_outage(was_down, ended.verdict.error, now.wall, now);
}

void Dispatcher::tell_outage(bool was_down, std::string_view why, WallTime since, Moment now) {
  const bool is_down = pacer_.outage_since().has_value();
  if (is_down && !was_down) {
    std::vector<Settlement> decided;
    leases_.give_back_unbegun(decided);
    absorb(std::move(decided), now);
    outage_wall_ = since;
    std::string notice = "no answer but refusals and errors since " + local_time(since, now.wall) +
                         " (" + std::string(why) + "); trying one job every few seconds";
    if (const auto end = guard_.deadline()) {
      const auto left = std::chrono::duration_cast<Millis>(*end - now.steady);
      notice += "; there never was one: check the URL and the network; the run ends at " +
                local_time(now.wall + left, now.wall) + " unless one comes";
    }
    notices_.push_back(std::move(notice));
  } else if (was_down && !is_down) {
    notices_.push_back("the server answers again, after " +
                       format_duration(now.wall - outage_wall_));
  }
}

// Takes an ending that may be of an outage.
void Dispatcher::take_trouble(EndedAttempt&& ended, Moment now) {
  guard_.on_trouble(ended);
  const double random = uniform();
  OutageHold::Either either;
  either.charged = settlement_of(ended, options_.retry, random, now.wall);
  std::vector<Settlement> decided;
  const std::optional<SteadyTime> down = pacer_.outage_since();
  const bool unreachable = ended.verdict.pace == PaceSignal::connection_error;
  if (down && !unreachable && now.steady - *down > kOutageMayBeJobs) {
    decided.push_back(std::move(either.charged));
  } else {
    ended.verdict.outcome = Outcome::refused;
    either.free = settlement_of(ended, options_.retry, random, now.wall);
    if (down) {
      decided.push_back(std::move(either.free));
    } else {
      hold_.add(std::move(either));
    }
  }
  if (hold_.is_full()) {
    hold_.charge(decided);
  }
  absorb(std::move(decided), now);
}

// Where nothing is left that could tell an outage, there is none. Nobody knows of a run that ends.
void Dispatcher::settle_trouble(Moment now) {
  if (hold_.size() == 0 || in_flight_ > 0) {
    return;
  }
  std::vector<Settlement> decided;
  const bool alone = leases_.empty() && pending_.empty() && !committing_;
  const bool nothing_due = outlook_ && leases_.ask_at() > now.steady;
  if (ending_) {
    hold_.let_off(decided);
  } else if (alone && (nothing_due || room() <= 0)) {
    hold_.charge(decided);
  }
  absorb(std::move(decided), now);
}

}  // namespace dogged
