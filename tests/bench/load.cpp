// SPDX-License-Identifier: MIT
#include "tests/bench/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

namespace dogged::bench {
namespace {

WallTime now() {
  return SystemClock().wall();
}

constexpr std::array<std::string_view, 6> kCities = {"Helsinki", "Zürich", "Paris",
                                                     "St Ives",  "Leeds",  "\\\"X\\\", Y"};

}  // namespace

std::string answer_body(JobId id, std::size_t bytes) {
  std::string body;
  body.reserve(bytes + 128);
  fmt::format_to(
      std::back_inserter(body),
      R"({{"id":{0},"title":"Untitled study, no. {0}","artist":{{"name":"Artist {1}","born":{2}}},)"
      R"("year":{3},"place":{{"city":"{4}","country":null}},"on_view":{5},"classification":"painting",)"
      R"("dimensions":"support: {6} x {7} mm","contributors":[{{"role":"artist","fc":"Artist {1}"}}])",
      id, id % 3532, 1500 + id % 480, 1550 + id % 460, kCities[static_cast<std::size_t>(id) % 6],
      id % 3 == 0, 90 + id % 2000, 90 + id % 1700);
  if (body.size() + 80 < bytes) {
    body += R"(,"subjects":[)";
    for (JobId subject = id; body.size() + 40 < bytes; ++subject) {
      fmt::format_to(std::back_inserter(body), R"({}{{"id":{},"name":"subject {}"}})",
                     subject == id ? "" : ",", subject % 20'000, subject % 811);
    }
    body += ']';
  }
  body += '}';
  return body;
}

Load::Load(JobStore& store, const LoadPlan& plan)
    : store_(store), plan_(plan), worker_(store.start_worker(now())) {}

Load::~Load() {
  try {
    store_.end_worker(worker_, "finished", now());
  } catch (const std::exception&) {
    // The store is told of its death by the kernel.
  }
}

Settlement Load::settled(const LeasedJob& job) const {
  Settlement settlement;
  settlement.job = job.id;
  settlement.epoch = job.epoch;
  settlement.attempts_added = 1;
  settlement.at = now();
  if (plan_.ending == Ending::failed) {
    settlement.to = JobState::failed;
    settlement.http_status = 500;
    settlement.error = "HTTP 500";
    settlement.attempt =
        AttemptRecord{settlement.at, Millis(50), Outcome::failed, 500, "HTTP 500", {}};
    return settlement;
  }
  settlement.to = JobState::done;
  settlement.http_status = 200;
  if (plan_.body_bytes > 0) {
    settlement.answer = Answer{200, "application/json", "",
                               "",  settlement.at,      answer_body(job.id, plan_.body_bytes)};
  }
  return settlement;
}

std::int64_t Load::step() {
  std::vector<Settlement> settlements;
  settlements.reserve(leased_.size());
  for (const LeasedJob& job : leased_) {
    settlements.push_back(settled(job));
  }
  LeaseRequest request;
  request.max = plan_.group;
  request.idle = true;
  leased_ = store_.exchange(worker_, settlements, request, now()).leased;
  return static_cast<std::int64_t>(settlements.size());
}

std::int64_t Load::run() {
  std::int64_t done = 0;
  step();
  while (done < plan_.jobs && !leased_.empty()) {
    done += step();
  }
  return done;
}

}  // namespace dogged::bench
