// SPDX-License-Identifier: MIT
#pragma once

#include "tests/crash/disk.h"
#include "tests/crash/life.h"

#include <cstdint>
#include <string>
#include <vector>

namespace dogged::crash {

// Steps from a disk as it was.
struct Scenario {
  std::string name;
  Disk::Files begin;
  std::vector<Step> steps;
  std::string copy;  // the file that the last step makes, or none
};

// Every way of a store's life, short enough to be lived hundreds of times.
std::vector<Scenario> all_scenarios();

// Where it goes without trouble: what the store holds after so many of the steps (0: as it begins),
// and what happened to the disk meanwhile.
struct Course {
  std::vector<std::string> contents;
  std::vector<std::int64_t> operations;  // counted for `mishap`, after so many steps
};
struct Mishap;
class CrashVfs;
Course course_of(const Scenario& scenario, Disk& disk, CrashVfs& vfs, const Mishap& mishap);

// The store's path on that disk.
std::string store_on(const Disk& disk);

// From the environment's SEED, else `usual`: tests print it when they fail.
std::uint64_t seed_of_run(std::uint64_t usual);

}  // namespace dogged::crash
