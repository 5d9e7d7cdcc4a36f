// SPDX-License-Identifier: MIT
#pragma once

#include "engine/classify.h"
#include "engine/dispatcher.h"
#include "engine/run.h"
#include "pace/adaptive_pacer.h"
#include "tests/fakes/memory_store.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <string>
#include <tuple>
#include <vector>

namespace dogged::sim {

using Span = std::chrono::nanoseconds;

// A request as it reaches the server; `at` counts from the beginning.
struct Arrival {
  int worker;
  const std::string& key;
  Span at;
};

// What the server makes of it.
struct Served {
  HttpResult result;
  Span takes;
};

// What lies between the workers, the server and the store.
struct Surroundings {
  Span round_trip = std::chrono::microseconds(200);
  // Threads that wake together send in any order: each start of the last millisecond spreads the
  // arrival of the next over that much more, 3 ms at most.
  Span overtaking = std::chrono::microseconds(200);
  Span exchange_least{0};  // from asking for an exchange to hearing of it
  Span exchange_most{0};
};

// Whole runs of one or several workers on one store in memory, in virtual time: the real
// dispatchers, pacers and classifier, a server that is a function. No threads; time goes from event
// to event, and the same seed gives the same run. One thread.
class VirtualFleet {
 public:
  using Server = std::function<Served(const Arrival&)>;
  struct Start {
    SteadyTime at;
    int worker;
  };

  VirtualFleet(const Surroundings& around, Server server, std::uint64_t seed);
  ~VirtualFleet();

  // Imports keys "1" to "n".
  void import(int n);
  // A worker starts now; its number. Its options have a seed of their own where none is set.
  int add(RunOptions options);
  // It is told to stop, as by Ctrl-C.
  void stop(int worker);
  // Its process dies without a word. What it has under way reaches the server.
  void kill(int worker);
  // Does that so long after the beginning.
  void at(Span when, std::function<void()> what);
  // Somebody sets the wall clock, or a machine that slept notices: the steady clock stands still.
  void step_wall(Millis by) { wall_step_ += by; }
  // Until all workers are through, or that much time after the beginning.
  void run(Span until);

  Moment now() const;
  int workers() const { return static_cast<int>(workers_.size()); }
  bool over() const;
  RunReport report(int worker) const;
  std::optional<LearnedPace> learned(int worker) const;
  PaceView view(int worker) const;
  QueueOutlook totals();

  MemoryStore store;
  std::vector<Start> starts;
  std::vector<int> most_in_flight;  // by worker
  int most_in_flight_together = 0;  // as the clients see it
  std::int64_t steps = 0;

 private:
  enum class What { arrives, lands, transacts, exchanged, script };
  struct Event {
    SteadyTime at;
    std::uint64_t order;
    What what;
    std::size_t of;  // flight, worker or script
    bool operator>(const Event& other) const {
      return std::tie(at, order) > std::tie(other.at, other.order);
    }
  };
  struct Worker;
  struct Flight {
    int worker;
    FetchOrder order;
    Moment started;
    std::optional<HttpResult> result;
  };

  void put(SteadyTime at, What what, std::size_t of);
  void handle(const Event& event);
  void turn(Worker& worker);
  void upkeep(Worker& worker);
  void keep_learned(Worker& worker);
  void begin(Worker& worker, FetchOrder&& order);
  void arrive(std::size_t id);
  void land(std::size_t id);
  void interrupt(Worker& worker);
  void transact(Worker& worker);
  Span between(Span least, Span most);

  const Surroundings around_;
  const Server server_;
  std::mt19937_64 random_;
  std::unique_ptr<Classifier> classifier_;
  SteadyTime steady_;
  Millis wall_step_{0};
  std::vector<std::unique_ptr<Worker>> workers_;
  std::map<std::size_t, Flight> flights_;
  std::size_t next_flight_ = 0;
  int in_flight_ = 0;  // of workers that live
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::uint64_t next_order_ = 0;
  std::vector<std::function<void()>> scripts_;
};

}  // namespace dogged::sim
