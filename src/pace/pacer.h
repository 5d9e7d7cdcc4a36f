// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"
#include "pace/learned_pace.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace dogged {

// How a request ended, as far as the pace is concerned.
enum class PaceSignal {
  answered,          // anything the server took on: 200, 404, 400
  refused,           // "not now": 429, 503, or a rule
  server_error,      // another 5xx: no refusal, and no proof that the server serves
  connection_error,  // no answer: reset, refused, unreachable
  timed_out,
  interrupted,  // proves nothing
};

// What keeps the next request from starting; shown as "limited by".
enum class PaceBound {
  none,
  concurrency,  // -j, or this worker's part of the cap
  server,       // what it takes at once
  server_rate,  // how fast it takes them
  rate_cap,
  quota,
  server_wait,
  outage,
  paused
};
std::string_view word(PaceBound bound);

// What is known of an ending beside its signal.
struct ServerHint {
  std::optional<Millis> retry_after;
  bool too_many = false;  // a 429: the server counts requests in a span of time
  bool suspect = false;   // the job was in trouble before: its failure says little of the server
  // What an answer announced (pace/rate_limit_headers.h).
  std::optional<double> announced_rate = {};  // starts per second, for good
  std::optional<double> remaining = {};       // requests until `reset`
  std::optional<Millis> reset = {};           // from now
};

struct StartDecision {
  enum class Kind {
    now,         // start one, and tell on_start
    not_before,  // ask again at `at`
    on_ending,   // ask again when a request has ended
  };
  Kind kind;
  SteadyTime at;
  PaceBound bound;
};

struct PaceView {
  double concurrency_limit;  // requests that may be in flight
  int in_flight;
  double answers_per_second;             // of late
  PaceBound bound;                       // what bound last
  std::optional<SteadyTime> wait_until;  // the server asked to wait until then
  std::optional<double> start_rate;      // starts per second, where they are paced
};

// Decides how many requests may be in flight and how fast they start. Pure: no threads, no clock,
// no I/O; times come in as arguments and never go backwards. One thread at a time.
class Pacer {
 public:
  using StartId = std::uint64_t;

  virtual ~Pacer() = default;
  virtual StartDecision next_start(SteadyTime now) = 0;
  // A request starts now. Its id goes to on_end.
  virtual StartId on_start(SteadyTime now) = 0;
  virtual void on_end(StartId start, PaceSignal signal, const ServerHint& hint, SteadyTime now) = 0;
  // Nothing starts before `until`, whatever ends meanwhile; what starts after it is spread out. For
  // waits that were announced elsewhere: kept in the store, or too long to be of this request.
  virtual void hold_until(SteadyTime until) = 0;
  // Since when the server has seemed to be down: nothing but failures comes back, and next_start
  // lets one probe at a time through. Nothing while it serves. Asked after on_end, so that failures
  // of an outage are charged to no job.
  virtual std::optional<SteadyTime> outage_since() const = 0;
  // Another worker found the server to be down, or found that it serves again.
  virtual void join_outage(SteadyTime now) = 0;
  virtual void leave_outage(SteadyTime now) = 0;
  // No more than that in flight from now on, 1 at least; what is in flight stays.
  virtual void limit_concurrency(int most) = 0;
  // Starts near what an earlier run learned. Before the first start.
  virtual void start_near(const LearnedPace& pace, SteadyTime now) = 0;
  // What has been learned so far, `at` not set; nothing before the first answer.
  virtual std::optional<LearnedPace> learned() const = 0;
  virtual PaceView view(SteadyTime now) const = 0;
};

}  // namespace dogged
