// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

namespace dogged {

// Tells refusals that slowing down does not lessen: a server that refuses one request in five
// whatever their number, a proxy with a broken backend. Without it every refusal slows the run
// down until it crawls. Compares windows of endings: where half the pace was refused no smaller a
// share, the former pace is as good and is kept to. Times are seconds. Pure; one thread.
class Futility {
 public:
  struct Pace {
    double rate = 0;   // endings per second
    double limit = 0;  // requests at once
  };

  // A request ended, under that limit. The pace to go back to, where slowing down was in vain.
  std::optional<Pace> on_end(double now, bool refused, double limit);
  // What was seen is of no use: an outage, or a server that says why it refuses.
  void reset() { *this = Futility(); }
  // Refusals are not to slow anything down for now.
  bool active() const { return active_; }

 private:
  struct Window {
    double share = 0;  // of refusals
    Pace pace;
  };
  std::optional<Pace> judge(const Window& window);

  bool began_ = false;
  double began_at_ = 0;
  int endings_ = 0;
  int refused_ = 0;
  double most_limit_ = 0;
  std::optional<Window> reference_;  // the fastest window since refusals became many
  bool active_ = false;
};

}  // namespace dogged
