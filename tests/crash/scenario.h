// SPDX-License-Identifier: MIT
#pragma once

#include "tests/crash/crash_vfs.h"
#include "tests/crash/disk.h"
#include "tests/crash/life.h"
#include "tests/fakes/temporary_directory.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace dogged::crash {

// Steps from a disk as it was.
struct Scenario {
  std::string name;
  Disk::Files begin;
  std::vector<Step> steps;
  std::string copy;  // the file that the last step makes, or none
  int cost = 1;      // of living it once: it is lived so many times less often
};

// Every way of a store's life, short enough to be lived hundreds of times.
std::vector<Scenario> all_scenarios();

// How it goes without trouble.
struct Course {
  std::vector<std::string> contents;  // of the store after so many steps; 0: as it begins
  Counts counts{};                    // of what SQLite asked of the file system in all
};
Course course_of(const Scenario& scenario, Disk& disk, CrashVfs& vfs);

// The store's path on that disk.
std::string store_on(const Disk& disk);

// A disk of the test's own, and SQLite on it.
struct Bench {
  TemporaryDirectory scratch;
  Disk disk{std::filesystem::canonical(scratch.path()) / "disk", {}};
  CrashVfs vfs{disk};
};

// From the environment's SEED, else `usual`: tests print it when they fail.
std::uint64_t seed_of_run(std::uint64_t usual);

}  // namespace dogged::crash
