// SPDX-License-Identifier: MIT
#include "tests/standin_api/gate.h"

#include "tests/standin_api/company.h"

#include <algorithm>

namespace standin {

Gate::Gate(const Options& options)
    : options_(options), tokens_(options.burst), filled_at_(std::chrono::steady_clock::now()) {}

Ruling Gate::rule(const Visit& visit, const std::string& id) {
  const std::int64_t number = requests_.fetch_add(1) + 1;
  Ruling ruling;
  if (options_.at_once > 0 && visit.others() >= options_.at_once) {
    ruling.kind = Ruling::Kind::too_many_at_once;
    return ruling;
  }
  if (options_.rate > 0 && !take_token()) {
    ruling.kind = Ruling::Kind::too_fast;
    return ruling;
  }
  ruling.delay = options_.delay;
  if (options_.mode == Mode::unauthorized ||
      (options_.mode == Mode::key_expires && number > options_.expires_after)) {
    ruling.kind = Ruling::Kind::unauthorized;
    return ruling;
  }
  if (picked(id, "reset", options_.reset_share) && first_ask(id, "reset")) {
    ruling.kind = Ruling::Kind::reset;
    return ruling;
  }
  if (picked(id, "error", options_.error_share) && first_ask(id, "error")) {
    ruling.kind = Ruling::Kind::error;
    return ruling;
  }
  if (picked(id, "slow", options_.slow_share)) {
    ruling.delay += options_.slow_delay;
  }
  ruling.in_register = !picked(id, "missing", options_.missing_share);
  return ruling;
}

bool Gate::take_token() {
  const auto now = std::chrono::steady_clock::now();
  dogged::MutexLock lock(mutex_);
  const double seconds = std::chrono::duration<double>(now - filled_at_).count();
  tokens_ = std::min(options_.burst, tokens_ + std::max(seconds, 0.0) * options_.rate);
  filled_at_ = std::max(filled_at_, now);
  if (tokens_ < 1) {
    return false;
  }
  tokens_ -= 1;
  return true;
}

bool Gate::first_ask(const std::string& id, std::string_view purpose) {
  dogged::MutexLock lock(mutex_);
  return asked_.insert(std::string(purpose) + ' ' + id).second;
}

}  // namespace standin
