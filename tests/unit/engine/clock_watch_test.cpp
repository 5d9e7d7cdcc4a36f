// SPDX-License-Identifier: MIT
#include "engine/clock_watch.h"

#include "tests/fakes/fake_clock.h"
#include "tests/fakes/memory_store.h"

#include <doctest/doctest.h>

#include <string>

namespace dogged {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

TEST_CASE("time that goes by and a machine that sleeps are no step") {
  FakeClock clock;
  ClockWatch watch(clock);
  clock.advance(hours(100));
  CHECK(watch.look().stepped == Millis(0));
  clock.sleep(hours(8));
  CHECK(watch.look().stepped == Millis(0));
  CHECK(watch.look().now == clock.wall());
}

TEST_CASE("a clock that is set is told of until it is heeded, both ways, whatever else goes by") {
  for (const Millis step : {Millis(-seconds(11)), Millis(seconds(11)), Millis(-hours(24 * 20'000)),
                            Millis(hours(24 * 20'000))}) {
    CAPTURE(step.count());
    FakeClock clock;
    ClockWatch watch(clock);
    clock.set_wall(clock.wall() + step);
    CHECK(watch.look().stepped == step);
    clock.advance(hours(1));
    clock.sleep(hours(1));
    CHECK(watch.look().stepped == step);
    watch.heed();
    CHECK(watch.look().stepped == Millis(0));
    clock.set_wall(clock.wall() - step);
    CHECK(watch.take_step() == -step);
    CHECK(watch.take_step() == Millis(0));
  }
}

TEST_CASE("a clock that is being set right, a little at a time, has not stepped") {
  FakeClock clock;
  ClockWatch watch(clock);
  for (int i = 0; i < 100; ++i) {
    clock.set_wall(clock.wall() + seconds(10));
    CHECK(watch.take_step() == Millis(0));
  }
}

TEST_CASE("a worker tells the store of a step before it stores more, once") {
  FakeClock clock;
  MemoryStore store;
  const auto wait = [&] { return from_ms(std::stoll(store.setting(setting::kWait).value())); };
  Heartbeat beats(store, clock);
  clock.set_wall(clock.wall() + hours(5));  // before it was taken on: no affair of its own
  const WorkerId worker = store.start_worker(clock.wall());
  beats.begin();
  const WallTime until = clock.wall() + hours(1);
  store.put_setting(setting::kWait, std::to_string(to_ms(until)));
  beats.beat_if_stepped(worker);
  CHECK(wait() == until);
  clock.set_wall(clock.wall() + hours(2));
  beats.beat_if_stepped(worker);
  CHECK(wait() == until + hours(2));
  beats.beat(worker);
  CHECK(wait() == until + hours(2));
  clock.set_wall(clock.wall() - hours(2));
  beats.beat(worker);
  CHECK(wait() == until);
}

}  // namespace
}  // namespace dogged
