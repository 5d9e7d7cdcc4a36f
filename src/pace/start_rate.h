// SPDX-License-Identifier: MIT
#pragma once

namespace dogged {

// How fast requests start where the server counts requests in a span of time. Off at first; a
// refusal that is one of a rate switches it on, at a bit under the rate of the answers of late.
// From then on the rate follows a cubic around the rate that was refused last,
//   r(t) = top (1 + depth ((t / span) - 1)^3),
// which comes back to it quickly, stays there long and then looks carefully further. Each refusal
// lowers the top by a hundredth, makes the next probe flatter (depth down to 0.03) and later (span
// up to where a probe costs 1 in 200 answers, and 1 % of the time in pauses).
// Times are seconds that grow only while requests may start: waiting and idling raise nothing.
// Pure; one thread.
class StartRate {
 public:
  bool on() const { return on_; }
  double top() const { return top_; }   // about what the server takes, starts per second
  double now() const { return rate_; }  // starts per second, as of the last start
  // Whether it has grown so far past what was refused that something else must be the limit.
  bool moot() const { return rate_ > 3 * top_; }

  // When the next start is due; before the present: at once. Precondition: on().
  double next() const { return slot_; }
  void on_start(double now);
  // A refusal of a rate, the first one: `answer_rate` and the last Retry-After (0: none) in
  // seconds.
  void switch_on(double now, double answer_rate, double retry_after);
  // A refusal that the rate has brought about. `heavy`: much was refused lately.
  void lower(double now, double answer_rate, double retry_after, bool heavy);
  // The server serves again after an outage: from half the rate up to the former one. Who shared it
  // may be gone: past that it looks as quickly as at first.
  void resume(double now, double retry_after);
  // On, and flat at that rate for a while; longer after a pause of some seconds.
  void keep_to(double now, double rate, double pause = 0);
  void switch_off() { on_ = false; }

 private:
  double at(double now) const;

  bool on_ = false;
  double top_ = 0;
  double depth_ = 0;
  double span_ = 1;   // seconds
  double began_ = 0;  // of the present cubic
  double ramp_end_ = 0;
  double lowered_at_ = 0;
  double rate_ = 0;
  double slot_ = 0;  // of the next start
};

}  // namespace dogged
