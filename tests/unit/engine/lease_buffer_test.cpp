// SPDX-License-Identifier: MIT
#include "engine/lease_buffer.h"

#include <doctest/doctest.h>

#include <utility>

namespace dogged {
namespace {

constexpr Moment kNow{SteadyTime(std::chrono::hours(1)), WallTime(Millis(1'790'000'000'000))};

std::vector<LeasedJob> jobs(int n) {
  return std::vector<LeasedJob>(static_cast<std::size_t>(n));
}

QueueOutlook outlook(std::int64_t ready, std::optional<Millis> due_in = {}) {
  QueueOutlook o;
  o.ready = ready;
  if (due_in) {
    o.next_due = kNow.wall + *due_in;
  }
  return o;
}

// How long after an exchange of `asked` that gave `got` the store is not asked again.
Millis pause(int asked, int got, const QueueOutlook& o, bool others = false, bool follow = false) {
  LeaseBuffer buffer(follow);
  buffer.on_exchanged({asked, false}, jobs(got), o, others, kNow);
  return std::chrono::duration_cast<Millis>(buffer.ask_at() - kNow.steady);
}

TEST_CASE("jobs are asked for up to the target, at once at first") {
  LeaseBuffer buffer(false);
  CHECK(buffer.wanted(10, kNow.steady) == 10);
  buffer.on_exchanged({10, false}, jobs(10), outlook(50), false, kNow);
  CHECK(buffer.wanted(10, kNow.steady) == 0);
  CHECK_FALSE(buffer.low(10));
  for (int i = 0; i < 5; ++i) {
    CHECK(buffer.take().has_value());
  }
  CHECK(buffer.low(10));
  CHECK(buffer.wanted(10, kNow.steady) == 5);
}

TEST_CASE("a store that has no more is left alone until there may be some") {
  CHECK(pause(5, 5, outlook(10)) == Millis(0));
  CHECK(pause(5, 2, outlook(3, Millis(300))) == Millis(300));
  CHECK(pause(5, 5, outlook(3, Millis(300))) == Millis(300));
  CHECK(pause(5, 0, outlook(3, Millis(9'000'000))) == Millis(5'000));
  CHECK(pause(5, 0, outlook(0)) == Millis(5'000));
  CHECK(pause(5, 0, outlook(0), true) == Millis(500));
  CHECK(pause(5, 0, outlook(0), false, true) == Millis(1'000));
}

TEST_CASE("clocks that disagree on what is due make no busy loop") {
  CHECK(pause(5, 0, outlook(3, Millis(-100))) == Millis(2));
}

TEST_CASE("ready jobs that are neither parked nor given are held back for an idle worker") {
  LeaseBuffer buffer(false);
  buffer.on_exchanged({5, false}, {}, outlook(1), false, kNow);
  CHECK(buffer.held_back());
  CHECK(buffer.ask_at() == kNow.steady + Millis(500));
  buffer.on_exchanged({5, false}, jobs(4), outlook(1), false, kNow);
  CHECK(buffer.held_back());
  buffer.on_exchanged({5, false}, {}, outlook(1, Millis(5)), false, kNow);
  CHECK_FALSE(buffer.held_back());
}

TEST_CASE("jobs go back as they were") {
  LeaseBuffer buffer(false);
  buffer.on_exchanged({3, false}, jobs(3), outlook(0), false, kNow);
  std::vector<Settlement> settle;
  buffer.give_back(settle);
  CHECK(settle.size() == 3);
  CHECK(settle[0].to == JobState::ready);
  CHECK(settle[0].attempts_added == 0);
  CHECK(buffer.empty());
  CHECK_FALSE(buffer.take().has_value());
}

TEST_CASE("those that have begun stay, wherever they lie") {
  const auto job = [](JobId id, bool resend) {
    WaitingJob waiting;
    waiting.job.id = id;
    waiting.resend = resend;
    return waiting;
  };
  LeaseBuffer buffer(false);
  for (const auto& [id, begun] : {std::pair(1, false), {2, true}, {3, false}, {4, true}}) {
    buffer.put_back(job(id, begun));
  }
  buffer.put_back(job(5, false));  // there were no means for it
  std::vector<Settlement> settle;
  buffer.give_back_unbegun(settle);
  REQUIRE(settle.size() == 3);
  CHECK(settle[0].job == 5);
  CHECK(settle[1].job == 3);
  CHECK(settle[2].job == 1);
  REQUIRE(buffer.size() == 2);
  CHECK(buffer.take()->job.id == 4);
  CHECK(buffer.take()->job.id == 2);
}

}  // namespace
}  // namespace dogged
