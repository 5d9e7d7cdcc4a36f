// SPDX-License-Identifier: MIT
#pragma once

namespace dogged {

// How many requests may be in flight. Three ways to look for it:
//   slow start  +1 an answer, in steps that double; ends at a refusal, or where a doubled limit no
//               longer brings much more answers while these take longer;
//   stair       refusals are the limit: a little up an answer, one down a refusal, so that it rests
//               at the ceiling with about one in 200 refused and no sawtooth. Halving as TCP does
//               wastes 10 % here. What slow start found is mostly too little, as requests of a
//               burst overtake each other: until the next refusal it is one up a round trip;
//   trial       nothing refuses, answers may get slower: a measured period with 15 % more or less,
//               kept where it pays. Needs no "round trip without load", which nobody knows.
// A server whose round trips are shorter than the waits of threads for processors is near: there
// only longer counts of answers tell whether more at once brings more. Known limits: who was near
// once counts as near for good, and climbs by trials alone; and a count takes in time without work.
// Times are seconds. Pure; one thread.
class ConcurrencyLimit {
 public:
  explicit ConcurrencyLimit(double most);

  double value() const { return limit_; }
  int permits() const;
  void set_most(double most);
  bool at_cap() const { return limit_ >= most_; }
  // Whether a refusal now is of a limit that was climbed to slowly: few are refused there.
  bool is_found() const {
    return mode_ != Mode::slow_start && !climbing_ && answers_since_refusal_ >= 50;
  }
  bool slow_starting() const { return mode_ == Mode::slow_start; }

  // What is known when a request ends.
  struct Facts {
    double now;
    double round_trip;   // smoothed
    double answer_rate;  // per second, of late
    bool paced;          // a start rate is on: it is what limits
    bool full;           // the request was sent into a full or nearly full limit
  };
  // Whether `in_flight` at its start, itself included, is as full as growth wants it.
  bool is_full(int in_flight) const;
  void on_answer(const Facts& facts);
  // A refusal, once a congestion event. `unanswered`: other requests that the server may
  // have had with it.
  void on_refusal(int unanswered, bool paced);
  // A refusal under a start rate that is far from binding.
  void step_down();
  // Requests time out or are reset, once a congestion event.
  void cut();
  void restart(double now, double limit);

 private:
  enum class Mode { slow_start, stair, trial };
  enum class Phase { rest, base, up, down };
  struct Step {
    double reached_at = 0;  // the target, plus a round trip
    double answers = 0;     // since
    double target = 0;
    double rate = 0;  // of answers at the last target
  };

  bool is_near() const;
  double trial_span(const Facts& facts) const;
  void slow_start(const Facts& facts);
  void enter_trial(double first_at);
  void run_trial(const Facts& facts);
  bool less_is_pointless(const Facts& facts) const;
  void begin_phase(const Facts& facts);
  void judge_phase(const Facts& facts);
  void grow(double by);

  double most_;
  double limit_;
  Mode mode_ = Mode::slow_start;
  Step step_;
  double lowest_round_trip_;
  int answers_since_refusal_ = 0;
  bool climbing_ = false;  // on the stair, and not refused there yet

  Phase phase_ = Phase::rest;
  double phase_begins_ = 0;
  double phase_ends_ = 0;
  double phase_answers_ = 0;
  double former_limit_ = 0;  // that the trial is compared with
  double former_rate_ = 0;
  bool upward_ = true;
  int misses_ = 0;
  double rest_;
  double next_trial_ = 0;
};

}  // namespace dogged
