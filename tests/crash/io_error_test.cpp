// SPDX-License-Identifier: MIT
// The disk is full, or does not do what it is asked to. The verb says so and nothing of it has
// happened; once the disk serves again the same store goes on, and the next process too.
#include "base/error.h"
#include "tests/crash/crash_vfs.h"
#include "tests/crash/scenario.h"
#include "tests/torture/tally.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <random>

namespace dogged::crash {
namespace {

// One scenario with an error at one of its operations.
class Failure {
 public:
  Failure(const Scenario& scenario, const Course& course, Bench& bench, std::uint64_t seed)
      : scenario_(scenario),
        course_(course),
        disk_(bench.disk),
        trouble_(bench.vfs.trouble),
        random_(seed) {}

  // What was lost or broken by it; empty where nothing.
  std::string happen(const Mishap& mishap, std::int64_t n) {
    try {
      disk_.hold(scenario_.begin);
      trouble_.expect(mishap, n, random_() % 2 == 0, random_());
      live();
    } catch (const std::exception& error) {
      note(error.what());
    }
    trouble_.is_over();
    return problem_;
  }

 private:
  void live() {
    Life life(store_on(disk_));
    for (std::size_t done = 0; done < scenario_.steps.size(); ++done) {
      const Step& step = scenario_.steps.at(done);
      const bool failed = !goes_well(step, life);
      if (!trouble_.has_struck()) {
        continue;
      }
      switch (random_() % 3) {
        case 0:  // the process ends with the error
          end_process(life, done, failed);
          return;
        case 1:  // it goes on, and the power is lost as soon as it was done: no sync was believed
                 // in
          go_on(step, life, failed);
          lose_power(life, done);
          return;
        default:
          go_on(step, life, failed);
      }
    }
    trouble_.is_over();
    life.store.reset();
    check(scenario_.steps.size(), scenario_.steps.size());
  }

  // False where it threw, as it should.
  bool goes_well(const Step& step, Life& life) {
    try {
      step.run(life);
      return true;
    } catch (const Error& error) {
      const std::string words = error.what();
      if (error.fault() != Fault::store_unavailable) {
        note(fmt::format("{}: not the store's fault: {}", step.name, words));
      }
      if (words.find("cannot") == std::string::npos || words.find(life.path) == std::string::npos) {
        note(fmt::format("{}: no clear message: {}", step.name, words));
      }
      if (!trouble_.has_struck()) {
        note(fmt::format("{}: failed for nothing: {}", step.name, words));
      }
      return false;
    }
  }

  void go_on(const Step& step, Life& life, bool failed) {
    trouble_.is_over();
    if (failed) {
      try {
        step.run(life);
      } catch (const std::exception& error) {
        note(fmt::format("{}: does not go on: {}", step.name, error.what()));
        throw;
      }
    }
  }

  void end_process(Life& life, std::size_t done, bool failed) {
    life.store.reset();  // while the disk fails still, perhaps
    trouble_.is_over();
    // A commit that was written, but whose sync failed, may be found by the next process.
    check(failed ? done : done + 1, done + 1);
  }

  void lose_power(Life& life, std::size_t done) {
    disk_.cut_power(random_());
    life.store.reset();
    disk_.restore();
    check(done + 1, done + 1);
  }

  void check(std::size_t least, std::size_t most) {
    const std::string path = store_on(disk_);
    (void)open_store(path, IfAbsent::create);
    note(faults_of(path));
    const std::string found = content_of_store(path);
    const std::string& before = course_.contents.at(std::max<std::size_t>(least, 1));
    if (found != before && found != course_.contents.at(most)) {
      note(fmt::format("what was there after {} steps: {}", least, difference(before, found)));
    }
    note(random_() % 8 == 0 && finish(path) < 0 ? "not all could be asked" : "");
  }

  void note(const std::string& problem) {
    problem_ += problem.empty() || problem_.empty() ? problem : "; " + problem;
  }

  const Scenario& scenario_;
  const Course& course_;
  Disk& disk_;
  Trouble& trouble_;
  std::mt19937_64 random_;
  std::string problem_;
};

TEST_CASE("an I/O error at any operation loses nothing, and the work goes on") {
  Bench bench;
  const std::uint64_t seed = seed_of_run(20'251);  // of it comes where each round begins
  for (const Scenario& scenario : all_scenarios()) {
    const Course course = course_of(scenario, bench.disk, bench.vfs);
    for (const Mishap& mishap : kIoErrors) {
      const std::int64_t all = struck_by(mishap, course.counts);
      const std::int64_t times = std::min<std::int64_t>(all / scenario.cost, rounds(1, 100'000));
      const auto offset = static_cast<std::int64_t>(seed % 1'000'003);
      for (std::int64_t i = 0; i < times; ++i) {
        const std::int64_t n = 1 + (all * i / times + offset) % all;
        const std::uint64_t own = seed + static_cast<std::uint64_t>(n);
        CAPTURE(scenario.name);
        CAPTURE(mishap.name);
        CAPTURE(n);
        INFO("repeat with SEED=", seed);
        CHECK(Failure(scenario, course, bench, own).happen(mishap, n) == "");
      }
      tally("disk", fmt::format("{} below the store", mishap.name), times);
    }
  }
}

}  // namespace
}  // namespace dogged::crash
