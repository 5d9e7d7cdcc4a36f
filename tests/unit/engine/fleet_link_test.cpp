// SPDX-License-Identifier: MIT
#include "engine/fleet_link.h"

#include "engine/run.h"

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <utility>

namespace dogged {
namespace {

constexpr Moment kNow{SteadyTime(std::chrono::hours(1)), WallTime(Millis(1'790'000'000'000))};

Moment after(Millis d) {
  return {kNow.steady + d, kNow.wall + d};
}

RunOptions with_rate() {
  RunOptions o;
  o.rate = Rate{100, Millis(1'000)};
  return o;
}

RunOptions with_quota() {
  RunOptions o;
  o.quota = Quota{100, Quota::Per::hour};
  return o;
}

// What a worker under a rate of 100/s is given: slots in 0, 10, ... ms.
FleetView rate_view(int count) {
  FleetView view;
  view.caps.rate = Rate{100, Millis(1'000)};
  view.starts.count = count;
  view.starts.spacing = Millis(10);
  view.starts.late = Millis(4);
  return view;
}

FleetView quota_view(int count) {
  FleetView view;
  view.caps.quota = Quota{100, Quota::Per::hour};
  view.starts.count = count;
  view.starts.late = std::chrono::microseconds::max();
  return view;
}

// Asks for that many and is given the view, both at `at`.
void exchange(FleetLink& link, int wanted, const FleetView& view, Moment at = kNow,
              bool outage = false) {
  (void)link.request(0, wanted, outage);
  link.on_view(view, at, at.steady);
}

void check_decision(const std::optional<StartDecision>& decision, StartDecision::Kind kind,
                    SteadyTime at, PaceBound bound) {
  REQUIRE(decision.has_value());
  CHECK(decision->kind == kind);
  CHECK(decision->at == at);
  CHECK(decision->bound == bound);
}

TEST_CASE("a worker tells its rate, its quota, and its -j where it was asked for") {
  RunOptions o;
  o.max_concurrency = 8;
  CHECK(FleetLink(o).request(0, 0, false).caps == Caps());
  o.max_concurrency_is_cap = true;
  o.rate = Rate{5, Millis(1'000)};
  o.quota = Quota{300, Quota::Per::hour};
  FleetLink link(o);
  CHECK(link.request(0, 0, false).caps == Caps{8, o.rate, o.quota});
  // They stay its own, whatever is lower in the store.
  FleetView lower;
  lower.caps = {2, Rate{1, Millis(1'000)}, Quota{3, Quota::Per::day}};
  link.on_view(lower, kNow, kNow.steady);
  CHECK(link.request(0, 0, false).caps == Caps{8, o.rate, o.quota});
  CHECK(link.view().caps == lower.caps);
}

TEST_CASE("an exchange tells what is in flight, and what came since the last one, once") {
  FleetLink link{RunOptions()};
  link.on_answer(kNow.wall);
  link.on_wait(kNow.wall + Millis(9'000));
  link.on_wait(kNow.wall + Millis(5'000));
  const FleetRequest first = link.request(7, 0, false);
  CHECK(first.in_flight == 7);
  CHECK(first.answered_at.has_value());
  CHECK(first.wait_until == kNow.wall + Millis(9'000));
  CHECK_FALSE(first.outage);
  const FleetRequest second = link.request(0, 0, false);
  CHECK(second.in_flight == 0);
  CHECK_FALSE(second.answered_at.has_value());
  CHECK_FALSE(second.wait_until.has_value());
  link.on_wait(kNow.wall + Millis(5'000));
  CHECK(link.request(0, 0, false).wait_until == kNow.wall + Millis(5'000));
}

TEST_CASE("an exchange is due at first, and a second after each") {
  FleetLink link{RunOptions()};
  CHECK(link.poll_at() <= kNow.steady);
  exchange(link, 0, {}, after(Millis(300)));
  CHECK(link.poll_at() == kNow.steady + Millis(1'300));
}

TEST_CASE("starts are asked for, and needed, only under a rate or a quota") {
  FleetLink free{RunOptions()};
  CHECK_FALSE(free.is_capped());
  CHECK(free.request(0, 10, false).starts == 0);
  CHECK_FALSE(free.wants_starts(kNow));
  CHECK_FALSE(free.start_gate(kNow).has_value());
  free.on_start(1);
  for (const RunOptions& o : {with_rate(), with_quota()}) {
    FleetLink link(o);
    CHECK(link.is_capped());
    CHECK(link.request(0, 10, false).starts == 10);
    CHECK(link.request(0, -3, false).starts == 0);
    CHECK(link.wants_starts(kNow));
  }
}

TEST_CASE("no start before the first exchange has granted it") {
  FleetLink link(with_rate());
  check_decision(link.start_gate(kNow), StartDecision::Kind::on_ending, kNow.steady,
                 PaceBound::rate_cap);
}

TEST_CASE("granted starts are used up, each at its time") {
  FleetLink link(with_rate());
  exchange(link, 2, rate_view(2));
  CHECK(link.starts_left() == 2);
  CHECK_FALSE(link.start_gate(kNow).has_value());
  link.on_start(1);
  CHECK(link.starts_left() == 1);
  check_decision(link.start_gate(kNow), StartDecision::Kind::not_before, kNow.steady + Millis(10),
                 PaceBound::rate_cap);
  CHECK_FALSE(link.start_gate(after(Millis(10))).has_value());
  link.on_start(1);
  CHECK(link.starts_left() == 0);
  // Nothing left: nothing starts until more was asked for, which may be at once.
  check_decision(link.start_gate(after(Millis(10))), StartDecision::Kind::on_ending,
                 kNow.steady + Millis(10), PaceBound::rate_cap);
  const FleetRequest request = link.request(0, 5, false);
  CHECK(request.returned == 0);
  CHECK_FALSE(request.holds_starts);
}

TEST_CASE("a start that came too late is not made, and told as returned once") {
  FleetLink link(with_rate());
  exchange(link, 3, rate_view(3));
  CHECK_FALSE(link.start_gate(after(Millis(14))).has_value());
  CHECK(link.has_returned());
  FleetRequest request = link.request(0, 0, false);
  CHECK(request.returned == 1);
  CHECK(request.holds_starts);
  CHECK_FALSE(link.has_returned());
  CHECK(link.request(0, 0, false).returned == 0);
}

TEST_CASE("at the end all that is left is told as returned") {
  FleetLink link(with_quota());
  exchange(link, 9, quota_view(9));
  CHECK_FALSE(link.start_gate(kNow).has_value());
  link.on_start(1);
  CHECK_FALSE(link.has_returned());
  link.hand_back();
  CHECK(link.has_returned());
  const FleetRequest request = link.request(0, 0, false);
  CHECK(request.returned == 8);
  CHECK_FALSE(request.holds_starts);
}

TEST_CASE("a start that came to no request goes back to the quota, once") {
  FleetLink link(with_quota());
  exchange(link, 9, quota_view(9));
  for (const Pacer::StartId start : {1, 2, 3}) {
    CHECK_FALSE(link.start_gate(kNow).has_value());
    link.on_start(start);
  }
  link.on_unmade(2);
  link.on_unmade(3);
  CHECK(link.has_returned());
  CHECK(link.starts_left() == 6);  // it is the store that grants them anew
  CHECK(link.request(0, 0, false).returned == 2);
  CHECK_FALSE(link.has_returned());
  CHECK(link.request(0, 0, false).returned == 0);
  link.on_unmade(1);  // its exchange was long ago, its window is the same
  CHECK(link.request(0, 0, false).returned == 1);
}

TEST_CASE("what was granted in one window of the quota is not returned in the next") {
  const auto view = [](Moment end) {
    FleetView v = quota_view(5);
    v.starts.expires = end.wall;
    return v;
  };
  const Moment first_end = after(std::chrono::hours(1));
  FleetLink link(with_quota());
  exchange(link, 5, view(first_end));
  for (const Pacer::StartId start : {1, 2, 3}) {
    link.on_start(start);
  }
  link.on_unmade(1);
  CHECK(link.request(0, 5, false).returned == 1);  // before a grant in the next window
  link.on_unmade(2);
  CHECK(link.has_returned());
  link.on_view(view(after(std::chrono::hours(2))), first_end, first_end.steady);
  link.on_unmade(3);
  CHECK_FALSE(link.has_returned());
  CHECK(link.start_gate(first_end) == std::nullopt);
  link.on_start(4);
  link.on_unmade(4);
  CHECK(link.request(0, 0, false).returned == 1);
}

TEST_CASE("a start without a grant that came to no request is not told, unless it was already") {
  FleetLink link{RunOptions()};
  exchange(link, 0, {});
  link.on_start(1);
  link.on_start(2);
  link.on_unmade(2);
  CHECK(link.request(0, 0, false).ungranted == 1);
  link.on_start(3);
  link.on_unmade(1);
  FleetRequest request = link.request(0, 0, false);
  CHECK(request.ungranted == 1);
  CHECK(request.returned == 0);
  // Nor is it one of those that were granted since.
  link.on_start(4);
  exchange(link, 5, quota_view(5));
  link.on_start(5);
  link.on_unmade(4);
  request = link.request(0, 0, false);
  CHECK(request.ungranted == 0);
  CHECK(request.returned == 0);
}

TEST_CASE("a cap that is lifted frees the starts, and those granted go back") {
  FleetLink link{RunOptions()};
  exchange(link, 0, rate_view(0));  // the store's cap alone
  CHECK(link.is_capped());
  exchange(link, 5, rate_view(5));
  CHECK(link.starts_left() == 5);
  exchange(link, 0, {});
  CHECK_FALSE(link.is_capped());
  CHECK_FALSE(link.start_gate(kNow).has_value());
  CHECK(link.starts_left() == 0);
  CHECK(link.request(0, 0, false).returned == 5);
}

TEST_CASE("what holds every start back") {
  struct Row {
    const char* what;
    FleetView view;
    bool outage;
    std::optional<PaceBound> bound;
  };
  FleetView plain;
  FleetView paused;
  paused.paused = true;
  FleetView none;
  none.caps.max_concurrency = 1;
  none.permits = 0;
  FleetView some = none;
  some.permits = 1;
  FleetView canary;
  canary.canary = true;
  FleetView all = none;
  all.paused = true;
  const Row rows[] = {
      {"nothing", plain, false, std::nullopt},
      {"a pause", paused, false, PaceBound::paused},
      {"a cap without a permit", none, false, PaceBound::concurrency},
      {"a cap with a permit", some, false, std::nullopt},
      {"an outage where another one probes", plain, true, PaceBound::outage},
      {"an outage where this one probes", canary, true, std::nullopt},
      {"a pause before all else", all, true, PaceBound::paused},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    FleetLink link{RunOptions()};
    exchange(link, 0, row.view);
    const auto held = link.gate(kNow.steady, row.outage);
    CHECK(held.has_value() == row.bound.has_value());
    if (row.bound) {
      check_decision(held, StartDecision::Kind::on_ending, kNow.steady, *row.bound);
    }
  }
}

TEST_CASE("where no slot was free the store says when to ask again") {
  FleetLink link(with_rate());
  FleetView view = rate_view(0);
  view.starts_after = kNow.wall + Millis(120);
  exchange(link, 5, view);
  CHECK_FALSE(link.wants_starts(after(Millis(119))));
  check_decision(link.start_gate(after(Millis(119))), StartDecision::Kind::not_before,
                 kNow.steady + Millis(120), PaceBound::rate_cap);
  CHECK(link.wants_starts(after(Millis(120))));
  check_decision(link.start_gate(after(Millis(120))), StartDecision::Kind::on_ending,
                 kNow.steady + Millis(120), PaceBound::rate_cap);
  CHECK_FALSE(link.quota_opens().has_value());
}

TEST_CASE("a quota that is used up is asked about when its next window opens") {
  FleetLink link(with_quota());
  FleetView view = quota_view(0);
  view.quota_used_up = true;
  view.starts_after = kNow.wall + std::chrono::minutes(20);
  exchange(link, 5, view);
  CHECK(link.quota_opens() == kNow.wall + std::chrono::minutes(20));
  CHECK_FALSE(link.wants_starts(after(Millis(1'000))));
  check_decision(link.start_gate(after(Millis(1'000))), StartDecision::Kind::not_before,
                 kNow.steady + std::chrono::minutes(20), PaceBound::quota);
  // An exchange that asks for none leaves that as it is.
  exchange(link, 0, view, after(Millis(1'000)));
  check_decision(link.start_gate(after(Millis(1'000))), StartDecision::Kind::not_before,
                 kNow.steady + std::chrono::minutes(20), PaceBound::quota);
  exchange(link, 5, quota_view(5), after(std::chrono::minutes(20)));
  CHECK_FALSE(link.quota_opens().has_value());
  CHECK_FALSE(link.start_gate(after(std::chrono::minutes(20))).has_value());
}

TEST_CASE("where nothing was granted and no time was told, or a past one, it is 20 ms") {
  for (const bool past : {false, true}) {
    FleetLink link(with_rate());
    FleetView view = rate_view(0);
    if (past) {
      view.starts_after = kNow.wall;
    }
    exchange(link, 5, view);
    CHECK_FALSE(link.wants_starts(after(Millis(19))));
    check_decision(link.start_gate(kNow), StartDecision::Kind::not_before, kNow.steady + Millis(20),
                   PaceBound::rate_cap);
    CHECK(link.wants_starts(after(Millis(20))));
  }
}

TEST_CASE("more starts are asked for before the last one's time comes") {
  FleetLink link(with_rate());
  exchange(link, 11, rate_view(11));  // the last one in 100 ms
  CHECK_FALSE(link.wants_starts(kNow));
  // 39 ms on, those of 0 to 30 ms are late and gone.
  CHECK_FALSE(link.wants_starts(after(Millis(39))));
  CHECK(link.wants_starts(after(Millis(40))));
  CHECK(link.starts_left() > 0);
}

TEST_CASE("a worker joins an outage unless it was answered since it began") {
  FleetLink link{RunOptions()};
  CHECK_FALSE(link.must_join_outage());
  FleetView outage;
  outage.outage_since = kNow.wall;
  exchange(link, 0, outage);
  CHECK(link.must_join_outage());
  link.on_answer(kNow.wall - Millis(1));
  CHECK(link.must_join_outage());
  link.on_answer(kNow.wall);
  CHECK_FALSE(link.must_join_outage());
  exchange(link, 0, {}, after(Millis(1'000)));
  CHECK_FALSE(link.must_join_outage());
}

TEST_CASE("an outage is told by its canary, and by who finds one that is not known yet") {
  FleetView none;
  FleetView others;
  others.outage_since = kNow.wall;
  FleetView own = others;
  own.canary = true;
  for (const auto& [view, told] : {std::pair(none, true), {others, false}, {own, true}}) {
    FleetLink link{RunOptions()};
    exchange(link, 0, view);
    link.on_answer(kNow.wall);
    if (view.outage_since && !view.canary) {
      link.on_joined();
    }
    const FleetRequest request = link.request(0, 0, true);
    CHECK(request.outage == told);
    CHECK(request.answered_at == kNow.wall);
    CHECK_FALSE(link.request(0, 0, false).answered_at.has_value());
  }
}

TEST_CASE("a worker leaves an outage only where it was in one and the store has none any more") {
  FleetView outage;
  outage.outage_since = kNow.wall;
  FleetLink link{RunOptions()};
  exchange(link, 0, {});
  CHECK_FALSE(link.must_leave_outage());
  exchange(link, 0, outage, kNow);
  link.on_joined();
  CHECK_FALSE(link.must_leave_outage());
  exchange(link, 0, {}, after(Millis(1'000)), true);
  CHECK(link.must_leave_outage());
  exchange(link, 0, {}, after(Millis(2'000)), false);
  CHECK_FALSE(link.must_leave_outage());
}

}  // namespace
}  // namespace dogged
