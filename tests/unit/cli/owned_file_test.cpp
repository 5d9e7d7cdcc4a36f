// SPDX-License-Identifier: MIT
#include "cli/owned_file.h"

#include "base/error.h"
#include "tests/unit/cli/store_fixture.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace dogged {
namespace {

TEST_CASE("a file that took its place is known again, and only as it is") {
  StoreFixture fixture;
  (void)fixture.store();
  const std::string path = fixture.path("out.csv");
  CHECK_FALSE(stored_marks(fixture.common(), path));
  for (const char* content : {"a,b\n1,2\n", "", "a,b\n3,4\n"}) {
    AtomicFile file(path);
    file.write(content);
    commit_owned(file, fixture.common(), path);
    CHECK(stored_marks(fixture.common(), path) == file_mark(path));
    CHECK_NOTHROW(check_output(path, false, stored_marks(fixture.common(), path)));
  }
  std::ofstream(path, std::ios::app) << "mine\n";
  CHECK_THROWS_WITH_AS(check_output(path, false, stored_marks(fixture.common(), path), "--rejects"),
                       doctest::Contains("--rejects"), Error);
}

TEST_CASE("the store knows a file before it takes its place, and the one that it replaces") {
  StoreFixture fixture;
  (void)fixture.store();
  const std::string path = fixture.path("out.csv");
  const std::string aside = fixture.path("aside.csv");
  {
    AtomicFile file(path);
    file.write("old");
    commit_owned(file, fixture.common(), path);
  }
  {
    AtomicFile file(path);
    file.write("new");
    // What makes the replacing fail stands for the end of the process at that moment.
    std::filesystem::rename(path, aside);
    std::filesystem::create_directory(path);
    CHECK_THROWS_AS(commit_owned(file, fixture.common(), path), Error);
    std::filesystem::remove(path);
  }
  std::filesystem::rename(aside, path);
  CHECK_NOTHROW(check_output(path, false, stored_marks(fixture.common(), path)));
  std::ofstream(path) << "new";
  CHECK_NOTHROW(check_output(path, false, stored_marks(fixture.common(), path)));
  std::ofstream(path) << "mine";
  CHECK_THROWS_AS(check_output(path, false, stored_marks(fixture.common(), path)), Error);
}

}  // namespace
}  // namespace dogged
