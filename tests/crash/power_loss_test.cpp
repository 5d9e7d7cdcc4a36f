// SPDX-License-Identifier: MIT
// The power goes while the store does its work, and again while it is opened after. What it said
// that was done is there; the verb that was at it is there whole or not at all; nothing else is.
#include "base/error.h"
#include "tests/crash/crash_vfs.h"
#include "tests/crash/file_calls.h"
#include "tests/crash/scenario.h"
#include "tests/torture/tally.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <random>

namespace dogged::crash {
namespace {

namespace fs = std::filesystem;

// One scenario with the power going at one instant of it.
class Loss {
 public:
  Loss(const Scenario& scenario, const Course& course, Disk& disk, CrashVfs& vfs,
       std::uint64_t seed)
      : scenario_(scenario), course_(course), disk_(disk), vfs_(vfs), random_(seed) {}

  // What was lost or broken by it; empty where nothing.
  std::string happen() {
    try {
      live_until_the_power_goes();
      disk_.restore();
      if (random_() % 2 == 0) {
        lose_it_again();
      }
      check();
    } catch (const std::exception& error) {
      note(error.what());
    }
    return problem_;
  }

 private:
  void live_until_the_power_goes() {
    disk_.hold(scenario_.begin);
    Life life(store_on(disk_));
    FileCalls calls(disk_);
    if (!scenario_.copy.empty() && random_() % 2 == 0) {
      calls.cut_power_at(static_cast<std::size_t>(below(9)), random_());
    } else {
      vfs_.trouble.expect(kPowerLoss, below(struck_by(kPowerLoss, course_.counts)), true,
                          random_());
    }
    try {
      for (const Step& step : scenario_.steps) {
        step.run(life);
        ++reported_;
        if (disk_.is_off()) {
          break;  // after it was done, in a checkpoint perhaps
        }
      }
    } catch (const Error& error) {
      if (error.fault() != Fault::store_unavailable) {
        note(error.what());
      }
    }
    life.store.reset();
    vfs_.trouble.is_over();
    disk_.cut_power(random_());  // where it had not gone before
  }

  // While the store is opened, and its log read, after the first.
  void lose_it_again() {
    vfs_.trouble.expect(kPowerLoss, below(12), true, random_());
    try {
      (void)open_store(store_on(disk_), IfAbsent::create)->setting(setting::kSource);
    } catch (const Error& error) {
      if (error.fault() != Fault::store_unavailable) {
        note(error.what());
      }
    }
    vfs_.trouble.is_over();
    disk_.cut_power(random_());
    disk_.restore();
  }

  void check() {
    const std::string path = store_on(disk_);
    (void)open_store(path, IfAbsent::create);
    note(faults_of(path));
    const std::string found = content_of_store(path);
    // A store that is not there is made by opening it, one of an old schema brought up to date.
    const std::string& before = course_.contents.at(std::max<std::size_t>(reported_, 1));
    const std::string& after = course_.contents.at(std::min(reported_ + 1, scenario_.steps.size()));
    if (found != before && found != after) {
      note(fmt::format("what was there after {} steps: {}", reported_, difference(before, found)));
    }
    if (!scenario_.copy.empty()) {
      check_copy((disk_.directory() / scenario_.copy).string(), before);
    }
    if (random_() % 8 == 0) {
      note(finish(path) < 0 ? "not all could be asked" : "");
      note(faults_of(path));
    }
  }

  void check_copy(const std::string& copy, const std::string& expected) {
    if (fs::exists(copy)) {
      note(faults_of(copy));
      note(difference(expected, content_of_store(copy)));
    } else if (reported_ == scenario_.steps.size()) {
      note("the copy is gone");
    }
  }

  std::int64_t below(std::int64_t n) {
    return 1 + static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(n));
  }

  void note(const std::string& problem) {
    problem_ += problem.empty() || problem_.empty() ? problem : "; " + problem;
  }

  const Scenario& scenario_;
  const Course& course_;
  Disk& disk_;
  CrashVfs& vfs_;
  std::mt19937_64 random_;
  std::size_t reported_ = 0;  // steps that returned
  std::string problem_;
};

TEST_CASE("after a power loss at any instant what was reported is there, whole") {
  Bench bench;
  const std::uint64_t seed = seed_of_run(20'251);
  for (const Scenario& scenario : all_scenarios()) {
    const int times = rounds(12, 600) / scenario.cost;
    const Course course = course_of(scenario, bench.disk, bench.vfs);
    for (int i = 0; i < times; ++i) {
      const std::uint64_t own = seed + static_cast<std::uint64_t>(i);
      CAPTURE(scenario.name);
      INFO("repeat with SEED=", own);
      CHECK(Loss(scenario, course, bench.disk, bench.vfs, own).happen() == "");
    }
    tally("power loss", scenario.name, times);
  }
}

TEST_CASE("the run that makes checkpoints begins its log anew") {
  Bench bench;
  for (const Scenario& scenario : all_scenarios()) {
    if (scenario.name == "a run that makes checkpoints") {
      bench.disk.hold(scenario.begin);
      Life life(store_on(bench.disk));
      for (std::size_t i = 0; i + 1 < scenario.steps.size(); ++i) {
        scenario.steps[i].run(life);
      }
      std::array<char, 16> header{};
      std::ifstream(life.path + "-wal", std::ios::binary).read(header.data(), header.size());
      CHECK(header.back() == 1);  // how often, the last byte of a big-endian number
      return;
    }
  }
  FAIL("there is no such scenario");
}

TEST_CASE("a disk that lies about its syncs is found out in every scenario") {
  Bench bench;
  for (const Scenario& scenario : all_scenarios()) {
    CAPTURE(scenario.name);
    const Course course = course_of(scenario, bench.disk, bench.vfs);
    bench.disk.lie_about_syncs(true);
    std::string problem;
    for (std::uint64_t seed = 1; seed < 100 && problem.empty(); ++seed) {
      problem = Loss(scenario, course, bench.disk, bench.vfs, seed).happen();
    }
    bench.disk.lie_about_syncs(false);
    CHECK(problem != "");
  }
}

}  // namespace
}  // namespace dogged::crash
