// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

namespace dogged {

// Tells a limit that a server counts in fixed windows from an outage. Such a server refuses
// everything for the rest of a second or a minute, which is a row of failures as an outage is; then
// it answers again. What it took from one window to the next is its rate. A pause is taken for the
// rest of a window where nothing but refusals came in it, and it was short, or all said "too many
// requests" and it was not long, or the same has just been before: two pauses much alike with less
// service between. An outage may begin in the rest of a window: it is much longer than that, and
// mostly refuses with other words. Times are seconds, idling left out. Pure; one thread.
class WindowWatch {
 public:
  struct Found {
    double rate;   // of answers per second, over service and pause
    double pause;  // seconds
  };

  void on_answer();
  // `refused`: "not now", not an error; `too_many`: and so because of too many requests.
  void on_failure(double now, bool refused, bool too_many);
  // Failures since the last answer.
  int row() const { return row_.length; }
  // The server seemed to be down and answers again; before on_answer. Nothing where it was down.
  std::optional<Found> on_end(double now);

 private:
  struct Row {  // of failures
    double began = 0;
    double last = 0;
    int length = 0;
    bool only_refusals = true;
    bool too_many = true;  // all of them said so
  };
  bool is_window(double pause) const;

  Row row_;
  double former_pause_ = 0;
  double cycle_began_ = 0;
  int answers_ = 0;  // since
};

}  // namespace dogged
