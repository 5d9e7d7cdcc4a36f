// SPDX-License-Identifier: MIT
#include "base/temporary_file.h"

#include "base/atomic_file.h"
#include "tests/fakes/temporary_directory.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using namespace dogged;  // NOLINT(google-build-using-namespace)
namespace fs = std::filesystem;

namespace {

// A file as a killed process leaves it: nobody holds it any more.
fs::path leave(const fs::path& path) {
  std::ofstream(path) << "half of it";
  return path;
}

}  // namespace

TEST_CASE("what a killed process left beside a file is removed by the next that writes there") {
  const TemporaryDirectory directory;
  const fs::path left = leave(directory.path() / "out.csv.tmp-dogged-aB3xYz");
  AtomicFile file(directory.path() / "out.csv");
  CHECK_FALSE(fs::exists(left));
  CHECK(fs::exists(file.temporary()));
}

TEST_CASE("a temporary file that somebody writes stays, until its writer has gone") {
  const TemporaryDirectory directory;
  const fs::path target = directory.path() / "out.csv";
  std::string first;
  std::string second;
  std::string third;
  const int held = make_temporary_beside(target, first);
  REQUIRE(held >= 0);
  const int other = make_temporary_beside(target, second);
  REQUIRE(other >= 0);
  CHECK(fs::exists(first));
  CHECK(fs::exists(second));
  close(held);
  const int last = make_temporary_beside(target, third);
  REQUIRE(last >= 0);
  CHECK_FALSE(fs::exists(first));
  CHECK(fs::exists(second));
  close(other);
  close(last);
}

TEST_CASE("two that write one file at once both end, and leave nothing") {
  const TemporaryDirectory directory;
  {
    AtomicFile one(directory.path() / "out.csv");
    AtomicFile other(directory.path() / "out.csv");
    one.write("one");
    other.write("other");
    other.commit();
    one.commit();
  }
  CHECK(fs::file_size(directory.path() / "out.csv") == 3);
  CHECK(std::distance(fs::directory_iterator(directory.path()), fs::directory_iterator()) == 1);
}

TEST_CASE("nothing is removed that is not surely a leftover of this file") {
  const TemporaryDirectory directory;
  const fs::path& d = directory.path();
  const std::vector<fs::path> others{
      leave(d / "out.csv.tmp-dogged-aB3xY"),
      leave(d / "out.csv.tmp-dogged-aB3xYz1"),
      leave(d / "out.csv.tmp-dogged-aB3x.z"),
      leave(d / "out.csv2.tmp-dogged-aB3xYz"),
      leave(d / "xout.csv.tmp-dogged-aB3xYz"),
      leave(d / "out.csv.bak-dogged-aB3xYz"),
      leave(d / "out.csv.tmp-aB3xYz"),
      leave(d / "out.csv.tmp-dogged-linked"),
      leave(d / "aim"),
  };
  fs::create_hard_link(d / "out.csv.tmp-dogged-linked", d / "second name");
  fs::create_symlink(d / "aim", d / "out.csv.tmp-dogged-asLink");
  fs::create_directory(d / "out.csv.tmp-dogged-folder");
  { AtomicFile file(d / "out.csv"); }
  for (const fs::path& other : others) {
    CAPTURE(other);
    CHECK(fs::exists(other));
  }
  CHECK(fs::is_symlink(d / "out.csv.tmp-dogged-asLink"));
  CHECK(fs::exists(d / "out.csv.tmp-dogged-folder"));
}

TEST_CASE("a directory that is not there is told as mkostemp tells it") {
  const TemporaryDirectory directory;
  std::string path;
  CHECK(make_temporary_beside(directory.path() / "none" / "out.csv", path) == -1);
  CHECK(errno == ENOENT);
}
