// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace dogged {

// What one thread of a pool owes the others. Where processors lack, what is answered is to be
// stored before more is asked: many threads of requests beside the one on the store would leave it
// too little, and then wait for it in vain. So a thread that had kOrdersWithoutRest orders without
// a rest steps back behind the others (nice(2)), so far that as many threads as the pool has then
// would together weigh as much as one other. That is no more than a rule of thumb: who stepped back
// while they were few stays where it is, and beyond 70 there are no more steps. Not before: a
// request under a rate is to leave when it is its time, also where others use the processors. A
// thread may not come forward again by itself (setpriority needs a privilege for that), so one that
// stepped back and is to rest ends, and another takes its place. For the thread that made it.
class Courtesy {
 public:
  static constexpr int kOrdersWithoutRest = 64;

  void rested() { in_a_row_ = 0; }
  // `threads`: the pool's.
  void went_on(std::size_t threads);
  bool stepped_back() const { return stepped_back_; }

 private:
  int in_a_row_ = 0;
  bool stepped_back_ = false;
};

// How far each of that many threads steps back: each step of nice(2) takes a fifth of the weight
// (Linux, kernel/sched/core.c, sched_prio_to_weight), and there are 19.
int niceness_for(std::size_t threads);

}  // namespace dogged
