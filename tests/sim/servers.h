// SPDX-License-Identifier: MIT
#pragma once

#include "tests/sim/fleet.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <vector>

namespace dogged::sim {

// What a scripted server does with a request, as it arrives.
struct Reply {
  enum class Kind { ok, refused, error, lost } kind = Kind::ok;
  Span takes{0};
  int status = 503;                // of a refusal
  std::optional<int> retry_after;  // seconds
  std::optional<int> announces;    // a limit, in requests a second
};

// A server model. Requests arrive in order of time, counted from the beginning of the run. All its
// randomness comes from the generator passed in.
class Server {
 public:
  virtual ~Server() = default;
  virtual Reply arrive(Span at) = 0;
};

// How long answers take: log-normal.
class ServiceTime {
 public:
  ServiceTime(std::mt19937_64& random, double mean_seconds, double variation);
  Span draw();

 private:
  std::mt19937_64& random_;
  std::lognormal_distribution<double> seconds_;
};

// A value that changes at given moments.
struct Change {
  double at_seconds;
  double to;
};

// So many at once; one more is refused.
class HardCap final : public Server {
 public:
  HardCap(ServiceTime time, int cap, std::vector<Change> changes = {});
  Reply arrive(Span at) override;

 private:
  ServiceTime time_;
  double cap_;
  std::deque<Change> changes_;
  std::priority_queue<Span, std::vector<Span>, std::greater<>> ends_;
};

// A token bucket. `others`: requests per second that other users take out of it, drawn anew every
// ten seconds between the two.
class TokenBucket final : public Server {
 public:
  struct Shape {
    double rate = 200;
    double burst = 20;
    int status = 429;
    bool tells_wait = false;
    double others_least = 0;
    double others_most = 0;
    std::vector<Change> changes{};
  };
  TokenBucket(std::mt19937_64& random, ServiceTime time, Shape shape);
  Reply arrive(Span at) override;
  // Requests that others left for us until then.
  double allowed(Span until);

 private:
  void refill(Span at);

  std::mt19937_64& random_;
  ServiceTime time_;
  Shape shape_;
  double tokens_;
  double filled_at_ = 0;  // seconds
  double others_ = 0;
  double others_until_ = 0;
  double allowed_ = 0;
};

// So many in each window of time; the rest of it is refused. Windows begin at a time of their own.
class FixedWindow final : public Server {
 public:
  struct Shape {
    int count = 200;
    double seconds = 1;
    int status = 429;
    std::optional<int> announces{};  // requests a second, true or not
  };
  FixedWindow(std::mt19937_64& random, ServiceTime time, Shape shape);
  Reply arrive(Span at) override;

 private:
  ServiceTime time_;
  const Shape shape_;
  const double offset_;
  double window_ = -1;
  int taken_ = 0;
};

// So many workers and a queue before them; what finds the queue full is refused.
class Queue final : public Server {
 public:
  Queue(ServiceTime time, std::size_t workers, std::size_t longest);
  Reply arrive(Span at) override;

 private:
  ServiceTime time_;
  std::size_t longest_;
  std::priority_queue<Span, std::vector<Span>, std::greater<>> free_at_;  // of each worker
  std::deque<Span> begins_;  // of requests that wait or have waited
};

// Answers get slower with load, so much that more at once brings fewer in the end: the universal
// scalability law.
class Slowing final : public Server {
 public:
  explicit Slowing(ServiceTime time) : time_(time) {}
  Reply arrive(Span at) override;
  static double capacity(double mean_seconds);

 private:
  static double slowness(double at_once);
  ServiceTime time_;
  std::priority_queue<Span, std::vector<Span>, std::greater<>> ends_;
};

// Another server that is down for a while.
class Outage final : public Server {
 public:
  Outage(std::unique_ptr<Server> inner, Span from, Span to, Reply while_down);
  Reply arrive(Span at) override;
  int asked() const { return asked_; }

 private:
  std::unique_ptr<Server> inner_;
  Span from_;
  Span to_;
  Reply while_down_;
  int asked_ = 0;
};

// Another server with faults of single requests: 500, lost connections.
class Faulty final : public Server {
 public:
  Faulty(std::unique_ptr<Server> inner, std::mt19937_64& random, double share);
  Reply arrive(Span at) override;

 private:
  std::unique_ptr<Server> inner_;
  std::mt19937_64& random_;
  double share_;
};

}  // namespace dogged::sim
