// SPDX-License-Identifier: MIT
#pragma once

#include "base/sync.h"
#include "tests/standin_api/options.h"

#include <atomic>
#include <chrono>
#include <set>
#include <string>
#include <string_view>

namespace standin {

// What becomes of a request.
struct Ruling {
  enum class Kind { answer, too_many_at_once, too_fast, reset, error, unauthorized };
  Kind kind = Kind::answer;
  std::chrono::milliseconds delay{0};
  bool in_register = true;  // for answer
};

// Rules over requests: limits, faults and delays by the options. Any thread.
class Gate {
 public:
  explicit Gate(const Options& options);

  // Counts as one request in work for as long as it lives.
  class Visit {
   public:
    explicit Visit(Gate& gate) : gate_(gate), others_(gate.in_work_.fetch_add(1)) {}
    ~Visit() { gate_.in_work_.fetch_sub(1); }
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;
    int others() const { return others_; }

   private:
    Gate& gate_;
    const int others_;
  };

  Ruling rule(const Visit& visit, const std::string& id);

 private:
  bool take_token() EXCLUDES(mutex_);
  bool first_ask(const std::string& id, std::string_view purpose) EXCLUDES(mutex_);

  const Options options_;
  std::atomic<int> in_work_{0};
  std::atomic<std::int64_t> requests_{0};
  dogged::Mutex mutex_;
  double tokens_ GUARDED_BY(mutex_);
  dogged::SteadyTime filled_at_ GUARDED_BY(mutex_);
  std::set<std::string> asked_ GUARDED_BY(mutex_);  // IDs that a fault had picked, once it struck
};

}  // namespace standin
