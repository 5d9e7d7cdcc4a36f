// SPDX-License-Identifier: MIT
#pragma once

#include "engine/classify.h"
#include "engine/dispatcher.h"
#include "engine/run.h"
#include "pace/adaptive_pacer.h"
#include "tests/fakes/memory_store.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dogged {

// What a scripted server does with one request.
struct Served {
  HttpResult result;
  std::chrono::nanoseconds latency{Millis(10)};
};

// A whole run in virtual time: the real dispatcher, pacer and classifier, a store in memory, a
// server that is a function. No threads; time goes from event to event. One thread.
class VirtualRun {
 public:
  // `nth`: how often the key was asked so far, 1 for the first.
  using Server = std::function<Served(const std::string& key, int nth, Moment now)>;

  VirtualRun(const RunOptions& options, Server server, const std::vector<AnswerRule>& rules = {});

  // Imports keys "1" to "n".
  void import(int n);
  // Until the run is over, or (where given) until that much virtual time has passed.
  RunReport run(std::optional<Millis> until = {});
  // Another run begins on the same store, once one was over.
  void restart(const RunOptions& options);
  // Called before each step.
  std::function<void(Dispatcher&, Moment)> before_step;

  MemoryStore store;
  Moment now;
  std::map<std::string, int> asked;
  std::vector<SteadyTime> starts;
  std::vector<std::string> urls;  // of the starts that came with a request; else empty
  std::vector<std::string> notices;
  std::int64_t steps = 0;
  std::int64_t exchanges = 0;
  int most_in_flight = 0;
  std::int64_t most_leased = 0;
  bool aborted = false;
  Millis longest_uncommitted{0};  // from an answer to the commit that has it

  QueueOutlook totals();
  Dispatcher& dispatcher() { return *dispatcher_; }

 private:
  struct Flight {
    FetchOrder order;
    Served served;
    Moment started;
  };

  void begin();
  void start(FetchOrder order);
  void interrupt_all();
  void exchange(const Commit& commit);
  void land(Flight flight);

  RunOptions options_;
  const Server server_;
  std::unique_ptr<Classifier> classifier_;
  std::optional<AdaptivePacer> pacer_;
  std::unique_ptr<Dispatcher> dispatcher_;
  WorkerId worker_;
  std::multimap<SteadyTime, Flight> flights_;
  std::map<JobId, SteadyTime> ended_at_;  // and not committed yet
};

}  // namespace dogged
