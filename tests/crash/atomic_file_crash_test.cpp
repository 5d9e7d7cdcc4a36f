// SPDX-License-Identifier: MIT
// Files that are written whole: an export's, and the copy of a store. At every call that could fail
// and every instant at which the power could go, the name holds the old content or the new one.
#include "base/atomic_file.h"
#include "base/error.h"
#include "store/open_store.h"
#include "tests/crash/file_calls.h"
#include "tests/crash/scenario.h"
#include "tests/torture/tally.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <iterator>

namespace dogged::crash {
namespace {

namespace fs = std::filesystem;

constexpr char kTarget[] = "out.csv";

struct Place {
  TemporaryDirectory scratch;
  Disk disk{fs::canonical(scratch.path()) / "disk", {}};
  fs::path target() const { return disk.directory() / kTarget; }
};

// More than a buffer of stdio, in pieces.
constexpr int kPieces = 50;
std::string new_content() {
  std::string content;
  for (int i = 0; i < kPieces; ++i) {
    content += std::string(1000, static_cast<char>('a' + i % 26)) + "\n";
  }
  return content;
}

void write_whole(const fs::path& path) {
  AtomicFile file(path);
  const std::string content = new_content();
  for (std::size_t at = 0; at < content.size(); at += content.size() / kPieces) {
    file.write(std::string_view(content).substr(at, content.size() / kPieces));
  }
  file.commit();
}

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::size_t entries(const fs::path& directory) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
}

std::vector<Call> calls_of_a_file() {
  std::vector<Call> calls{Call::make_temporary, Call::stream};
  calls.insert(calls.end(), kPieces, Call::write);
  calls.insert(calls.end(), {Call::flush, Call::change_mode, Call::sync, Call::close, Call::rename,
                             Call::open, Call::sync_directory});
  return calls;
}

TEST_CASE("a file is written, synced, closed and named, and its directory synced, in that order") {
  Place place;
  FileCalls calls(place.disk);
  write_whole(place.target());
  CHECK(calls.made == calls_of_a_file());
}

TEST_CASE("whichever call fails, the error is told and the name holds a whole file") {
  const std::vector<Call> all = calls_of_a_file();
  Place place;
  for (const std::string old : {"", "old content"}) {
    for (const int error : {EIO, ENOSPC, EDQUOT}) {
      for (std::size_t n = 1; n <= all.size(); ++n) {
        CAPTURE(n);
        CAPTURE(error);
        place.disk.hold(old.empty() ? Disk::Files() : Disk::Files{{kTarget, old}});
        FileCalls calls(place.disk);
        calls.fail_at(n, error);
        try {
          write_whole(place.target());
          FAIL_CHECK("no error was told");
        } catch (const Error& told) {
          CHECK(told.fault() == dogged::Fault::store_unavailable);
        }
        // Once it has its name it keeps it, though it may not be on the disk.
        const bool named = n > all.size() - 2;
        CHECK(content_of(place.target()) == (named ? new_content() : old));
        CHECK(entries(place.disk.directory()) == (named || !old.empty() ? 1 : 0));
      }
    }
  }
  tally("disk", "an error in any call that writes an export", 6 * static_cast<int>(all.size()));
}

// What is under the name after a power loss with that call.
std::string left_after_power_loss(Place& place, std::size_t n, std::uint64_t seed, bool& reported) {
  FileCalls calls(place.disk);
  calls.cut_power_at(n, seed);
  reported = false;
  try {
    write_whole(place.target());
    reported = true;
  } catch (const Error& error) {
    CHECK(error.fault() == dogged::Fault::store_unavailable);
  }
  place.disk.cut_power(seed);
  const auto found = place.disk.left().find(kTarget);
  return found == place.disk.left().end() ? "" : found->second;
}

TEST_CASE("after a power loss the name holds the old file or the new one, the new one if told") {
  Place place;
  const std::uint64_t seed = seed_of_run(7);
  const std::size_t last = calls_of_a_file().size() + 1;  // with the last one: after all was done
  const int times = rounds(10, 300);
  int seen_old = 0;
  int seen_new = 0;
  for (const std::string old : {"", "old content"}) {
    for (std::size_t n = last - 10; n <= last; ++n) {
      for (int i = 0; i < times; ++i) {
        const std::uint64_t own = seed + static_cast<std::uint64_t>(i);
        CAPTURE(n);
        INFO("repeat with SEED=", own);
        place.disk.hold(old.empty() ? Disk::Files() : Disk::Files{{kTarget, old}});
        bool reported = false;
        const std::string left = left_after_power_loss(place, n, own, reported);
        CHECK((left == new_content() || (left == old && !reported)));
        CHECK(reported == (n == last));
        (left == old ? seen_old : seen_new) += 1;
      }
    }
  }
  CHECK(seen_old > 0);
  CHECK(seen_new > 0);
  tally("power loss", "while an export gets its name", seen_old + seen_new);
}

TEST_CASE("on a disk that lies about its syncs a file is not whole, which the model shows") {
  Place place;
  place.disk.lie_about_syncs(true);
  bool torn = false;
  for (std::uint64_t seed = 1; seed < 200 && !torn; ++seed) {
    place.disk.hold({{kTarget, "old content"}});
    bool reported = false;
    const std::string left =
        left_after_power_loss(place, calls_of_a_file().size() + 1, seed, reported);
    torn = left != new_content() && left != "old content";
  }
  CHECK(torn);
}

TEST_CASE("whichever call of a copy fails, the copy stands whole or not at all") {
  Bench bench;
  const Scenario scenario = all_scenarios().back();
  REQUIRE(scenario.copy == "copy.db");
  const Course course = course_of(scenario, bench.disk, bench.vfs);
  std::size_t n = 0;
  for (bool more = true; more;) {
    ++n;
    REQUIRE(n < 50);
    CAPTURE(n);
    bench.disk.hold(scenario.begin);
    const std::string copy = (bench.disk.directory() / scenario.copy).string();
    {
      FileCalls calls(bench.disk);
      calls.fail_at(n, ENOSPC);
      try {
        copy_store(store_on(bench.disk), copy);
        more = calls.made.size() >= n;  // one that may fail, or none any more
      } catch (const Error& error) {
        CHECK(error.fault() == dogged::Fault::store_unavailable);
      }
    }
    if (fs::exists(copy)) {
      CHECK(faults_of(copy) == "");
      CHECK(difference(course.contents.back(), content_of_store(copy)) == "");
    }
    CHECK(content_of_store(store_on(bench.disk)) == course.contents.back());
  }
  tally("disk", "an error in any call that names a copy", static_cast<int>(n) - 1);
}

}  // namespace
}  // namespace dogged::crash
