// SPDX-License-Identifier: MIT
#pragma once

#include "engine/attempt.h"
#include "store/job_store.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace dogged {

// Answers in a row that are no coincidence any more.
inline constexpr std::size_t kSystemicRow = 20;
// So long must what cannot be read come, where the store has answers.
inline constexpr std::chrono::seconds kUnreadableFor{10};
// Without any answer at all, that long after the first request.
inline constexpr std::chrono::seconds kNoAnswerFor{60};

// Tells a fault of the whole run (wrong key, wrong URL, login page, dead network) from the faults
// of single jobs, by rows of endings of one kind. The endings of a row are held, neither settled
// nor given back, until the row is broken (then they settle as they were judged) or long enough to
// decide (then all the jobs go back as they were and the run ends).
//   at any time:            access denied, or 200 without JSON; no HTTP, or a body over the cap
//                           (for kUnreadableFor where something is done: garbage of a moment, from
//                           one proxy to all requests in flight, is retried); a certificate that
//                           does not verify
//   while nothing is done:  another 4xx, not_found, byte-identical answers, no answer at all
// Refusals, 5xx and connection trouble neither break nor feed a row of answers; trouble waits
// elsewhere (engine/outage_hold.h) until it is known whose it is. Nor does what is no JSON or
// cannot be read, once something is done, of a job that was charged with an attempt before: the bad
// ones of a list are asked again at its end, in a row, and say no more than they did among the good
// ones. `Done` is a job that was settled so, by this run too, committed or not. While the store has
// no answer and this run had none, kNoAnswerFor decides. A row that cannot grow (stranded: nothing
// is left to ask, or --limit) settles as judged, with two exceptions in a store of kSystemicRow
// jobs or more, where the jobs go back and the run ends with the row's message: half a row of
// denied access, as a key that expires at the last jobs must not fail them; and denied access or
// early errors that are all this store has ever had, as a wrong path under `--limit 5`. A row of
// denied access is broken only by a request that began after the row did: answers to requests that
// were under way when a key expired prove nothing. Pure; one thread at a time.
class SystemicGuard {
 public:
  explicit SystemicGuard(bool trust_answers) : off_(trust_answers) {}

  // Takes one ending and what it would make of its job. What is to be settled now goes behind
  // `settle`: this one, a broken row, or nothing.
  void take(EndedAttempt&& ended, Settlement&& classified, std::vector<Settlement>& settle);
  // A request ended in trouble that is not for `take`: no answer, or a 5xx.
  void on_trouble(const EndedAttempt& ended);
  // A request starts: the time without an answer counts from the first.
  void on_start(Pacer::StartId start, SteadyTime now);
  // Nothing may start for long: that time is not counted.
  void on_wait() { first_start_.reset(); }
  // The store has an answer by now: the checks of the beginning are over.
  void on_store_has_done(std::vector<Settlement>& settle);
  // Decides what time decides.
  void on_time(SteadyTime now, std::vector<Settlement>& settle);
  std::optional<SteadyTime> deadline() const;  // when on_time has something to decide

  // The message for people, once decided. The held jobs have been given back by then.
  const std::optional<std::string>& fault() const { return fault_; }

  std::size_t held() const { return row_.size(); }

  // What is held cannot grow any more: see above. `all_there_is`: no job of the store was settled.
  void decide_stranded(bool all_there_is, std::vector<Settlement>& settle);
  // What is held settles as it was judged.
  void settle_held(std::vector<Settlement>& settle);
  // The run ends with the row undecided: answers settle, what may be a fault of the run goes back.
  void release_held(std::vector<Settlement>& settle);

 private:
  enum class Row { none, denied, early_error, identical };
  struct Member {
    LeasedJob job;
    Settlement classified;
  };
  struct Sign {
    Row row = Row::none;
    bool neutral = false;  // neither breaks nor feeds
  };

  Sign sign_of(const EndedAttempt& ended) const;
  void take_after_fault(const EndedAttempt& ended, Settlement&& classified,
                        std::vector<Settlement>& settle);
  void hold(EndedAttempt&& ended, Settlement&& classified);
  // Whether so many in a row, of what the row is made of, are there.
  bool is_systemic(std::size_t length) const;
  void decide(std::string message, std::vector<Settlement>& settle);
  std::string row_message(std::size_t length) const;
  std::string denied_message(const std::string& count) const;

  const bool off_;
  bool store_has_done_ = false;  // or will with the next commit
  bool answered_ = false;        // this run had an answer of any kind
  std::optional<SteadyTime> first_start_;
  Row kind_ = Row::none;                // of row_; none: row_ is empty
  Suspicion latest_ = Suspicion::none;  // of the row's last member, for the message
  std::string latest_error_;
  std::size_t fingerprint_ = 0;  // of an identical row's bodies
  std::deque<Member> row_;
  std::size_t unreadable_ = 0;  // of row_
  bool lasts_ = false;          // row_ has one that began kUnreadableFor after the first came
  SteadyTime latest_start_at_{};
  SteadyTime row_began_at_{};
  std::optional<Pacer::StartId> lasts_from_;  // the first start kUnreadableFor after row_ began
  std::optional<Pacer::StartId> latest_start_;
  std::optional<Pacer::StartId> row_began_after_;  // the latest start when row_'s first member came
  std::string latest_trouble_;                     // empty: none
  std::optional<std::string> fault_;
};

}  // namespace dogged
