// SPDX-License-Identifier: MIT
#include "base/atomic_file.h"

#include "base/error.h"
#include "base/sha256.h"
#include "tests/fakes/temporary_directory.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

using namespace dogged;  // NOLINT(google-build-using-namespace)
namespace fs = std::filesystem;

namespace {

std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::size_t entries(const fs::path& directory) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
}

}  // namespace

TEST_CASE("a committed file stands whole under its name and nothing is left beside it") {
  const TemporaryDirectory directory;
  AtomicFile file(directory.path() / "out.csv");
  file.write("a,b\n");
  file.write("1,2\n");
  CHECK(file.size() == 8);
  CHECK(file.sha256() == Sha256::of("a,b\n1,2\n"));
  CHECK_FALSE(fs::exists(directory.path() / "out.csv"));
  file.commit();
  CHECK(content(directory.path() / "out.csv") == "a,b\n1,2\n");
  CHECK(entries(directory.path()) == 1);
}

TEST_CASE("without commit the old file stays and the temporary one goes") {
  const TemporaryDirectory directory;
  std::ofstream(directory.path() / "out.csv") << "old";
  {
    AtomicFile file(directory.path() / "out.csv");
    file.write("new");
  }
  CHECK(content(directory.path() / "out.csv") == "old");
  CHECK(entries(directory.path()) == 1);
}

TEST_CASE("what was started over holds nothing of what was written before") {
  const TemporaryDirectory directory;
  AtomicFile file(directory.path() / "out.csv");
  file.write(std::string(100'000, 'x'));
  file.start_over();
  CHECK(file.size() == 0);
  file.write("a,b\n");
  file.start_over();
  file.write("1\n");
  CHECK(file.size() == 2);
  CHECK(file.sha256() == Sha256::of("1\n"));
  file.commit();
  CHECK(content(directory.path() / "out.csv") == "1\n");
  CHECK(entries(directory.path()) == 1);
}

TEST_CASE("a replaced file keeps its mode") {
  const TemporaryDirectory directory;
  const fs::path path = directory.path() / "out.csv";
  std::ofstream(path) << "old";
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read);
  AtomicFile file(path);
  file.write("new");
  file.commit();
  CHECK(fs::status(path).permissions() ==
        (fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read));
}

TEST_CASE("a link is written through, not replaced") {
  const TemporaryDirectory directory;
  std::ofstream(directory.path() / "real.csv") << "old";
  fs::create_symlink(directory.path() / "real.csv", directory.path() / "link.csv");
  AtomicFile file(directory.path() / "link.csv");
  file.write("new");
  file.commit();
  CHECK(fs::is_symlink(directory.path() / "link.csv"));
  CHECK(content(directory.path() / "real.csv") == "new");
}

TEST_CASE("a missing directory is an error that names the file") {
  const TemporaryDirectory directory;
  CHECK_THROWS_WITH_AS(AtomicFile(directory.path() / "none" / "out.csv"),
                       doctest::Contains("none/out.csv"), Error);
}
