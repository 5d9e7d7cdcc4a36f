// SPDX-License-Identifier: MIT
#pragma once

#include "store/job_store.h"

#include <cstddef>
#include <utility>
#include <vector>

namespace dogged {

// Failures that may turn out to be an outage's and not their jobs': they wait here until the server
// answers something (then they are charged) or the pacer tells an outage (then they are not).
// Pure; one thread at a time.
class OutageHold {
 public:
  // The two ways in which one ending may settle.
  struct Either {
    Settlement charged;
    Settlement free;
  };

  std::size_t size() const { return held_.size(); }
  // With so many the row decides nothing any more.
  bool is_full() const { return held_.size() >= kMost; }
  void add(Either&& failure) { held_.push_back(std::move(failure)); }
  void charge(std::vector<Settlement>& settle);
  void let_off(std::vector<Settlement>& settle);

 private:
  static constexpr std::size_t kMost = 256;
  std::vector<Either> held_;
};

}  // namespace dogged
