// SPDX-License-Identifier: MIT
#pragma once

#include <deque>
#include <map>
#include <optional>

#include "base/units.h"
#include "pace/pacer.h"

namespace dogged {

struct PaceCaps {
  int max_concurrency = 64;
  std::optional<Rate> rate;  // hard: never one start more than `count` in any span of `per`
};

// Additive growth, halving on refusal: the limit begins at 4, a refusal halves it and each second
// without one gives one back, up to max_concurrency. Refusals of requests that started before the
// last halving are the same event and halve nothing. A refused request keeps its place for one
// smoothed round trip, because refusals come back in a millisecond and would turn the window into a
// storm. Retry-After holds for all requests.
class SimplePacer final : public Pacer {
 public:
  explicit SimplePacer(const PaceCaps& caps);

  StartDecision next_start(SteadyTime now) override;
  StartId on_start(SteadyTime now) override;
  void on_end(StartId start, PaceSignal signal, const ServerHint& hint, SteadyTime now) override;
  PaceView view(SteadyTime now) const override;

 private:
  // The helper that implements this is free to choose its members.
};

}  // namespace dogged
