// SPDX-License-Identifier: MIT
#include "store/sqlite/external_sort.h"

#include "base/error.h"
#include "tests/fakes/temporary_directory.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <utility>
#include <vector>

using dogged::sqlite::ExternalSort;
using dogged::sqlite::SortedReader;
using dogged::sqlite::Spill;
using dogged::sqlite::SpillFile;
using dogged::sqlite::SpillReader;

namespace {

using Records = std::vector<std::pair<std::string, std::string>>;

struct Bench {
  dogged::TemporaryDirectory scratch;
  SpillFile file{(scratch.path() / "spill").string()};
};

Records sorted_by(ExternalSort& sort, const Records& records) {
  for (const auto& [key, value] : records) {
    sort.add(key, value);
  }
  sort.finish();
  Records read;
  SortedReader reader(sort);
  while (reader.next()) {
    read.emplace_back(reader.key(), reader.value());
  }
  CHECK_FALSE(reader.next());
  return read;
}

Records expected(Records records) {
  std::stable_sort(records.begin(), records.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  return records;
}

}  // namespace

TEST_CASE("keys are sorted byte for byte, equal ones as they came, in memory and in runs") {
  const Records awkward = {{"b", "1"},
                           {"a", "2"},
                           {"", "3"},
                           {std::string("a\0", 2), "4"},
                           {"ab", ""},
                           {"a", "5"},
                           {"\xC3\xA5", "6"},
                           {std::string(100'000, 'a'), "7"},
                           {"aaaaaaaab", "8"},
                           {"aaaaaaaaa", "9"},
                           {"", std::string(100'000, 'v')},
                           {std::string("\0", 1), "10"},
                           {"a", "11"}};
  for (const std::size_t entries : {1, 2, 4, 1024}) {
    CAPTURE(entries);
    Bench bench;
    ExternalSort sort(bench.file, entries);
    CHECK(sorted_by(sort, awkward) == expected(awkward));
    sort.clear();
    CHECK(sorted_by(sort, {}).empty());
    CHECK(sorted_by(sort, {{"x", "y"}}).size() == 1);
  }
}

TEST_CASE("keys of any look are sorted, with a common beginning and without") {
  std::mt19937 random(5);
  for (const std::string beginning : {"", "k", "artists/100", "a long beginning of all keys/"}) {
    for (const std::size_t entries : {16, 256, 8192}) {
      CAPTURE(beginning);
      CAPTURE(entries);
      Records records;
      for (int i = 0; i < 5000; ++i) {
        records.emplace_back(beginning + std::to_string(random() % 3000), std::to_string(i));
      }
      Bench bench;
      ExternalSort sort(bench.file, entries);
      CHECK(sorted_by(sort, records) == expected(records));
    }
  }
}

TEST_CASE("what is sorted can be read again, by two at a time") {
  Bench bench;
  ExternalSort sort(bench.file, 2);
  const Records records = {{"c", "1"}, {"a", "2"}, {"b", "3"}, {"d", "4"}, {"e", "5"}};
  (void)sorted_by(sort, records);
  SortedReader one(sort);
  SortedReader other(sort);
  for (const auto& [key, value] : expected(records)) {
    REQUIRE(one.next());
    REQUIRE(other.next());
    CHECK(one.key() == key);
    CHECK(other.value() == value);
  }
  CHECK_FALSE(one.next());
}

TEST_CASE("records come back as they were written, however many grow in one file") {
  Bench bench;
  std::vector<Spill> spills(3, Spill(bench.file));
  for (int i = 0; i < 2000; ++i) {
    for (std::size_t n = 0; n < spills.size(); ++n) {
      spills[n].write(std::string(static_cast<std::size_t>(i) % 300 * n, 'x') + std::to_string(i));
    }
  }
  spills[1].write(std::string(1 << 20, 'y'));
  spills[1].write("");
  for (std::size_t n = 0; n < spills.size(); ++n) {
    SpillReader reader(spills[n]);
    std::string_view record;
    for (int i = 0; i < 2000; ++i) {
      REQUIRE(reader.next(record));
      REQUIRE(record ==
              std::string(static_cast<std::size_t>(i) % 300 * n, 'x') + std::to_string(i));
    }
    if (n == 1) {
      REQUIRE(reader.next(record));
      CHECK(record == std::string(1 << 20, 'y'));
      REQUIRE(reader.next(record));
      CHECK(record.empty());
    }
    CHECK_FALSE(reader.next(record));
    CHECK_FALSE(reader.next(record));
  }
  struct stat info {};
  REQUIRE(::stat((bench.scratch.path() / "spill").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777U) == 0600U);
  CHECK(info.st_size > 1'000'000);
}

TEST_CASE("a file that somebody cut short is an error, as is one that is there already") {
  Bench bench;
  Spill spill(bench.file);
  for (int i = 0; i < 100; ++i) {
    spill.write(std::string(10'000, 'x'));
  }
  const std::string path = (bench.scratch.path() / "spill").string();
  CHECK_THROWS_AS(SpillFile{path}, dogged::Error);
  std::filesystem::resize_file(path, 50'000);
  SpillReader reader(spill);
  std::string_view record;
  CHECK_THROWS_AS(while (reader.next(record)){}, dogged::Error);
}

TEST_CASE("numbers and texts are taken as they were put") {
  std::string record;
  const std::vector<std::uint64_t> numbers = {0, 1, 127, 128, 16383, 16384, UINT64_MAX};
  for (const std::uint64_t number : numbers) {
    dogged::sqlite::put_number(record, number);
    dogged::sqlite::put_text(record, std::string(number % 1000, 't'));
  }
  std::string_view rest = record;
  for (const std::uint64_t number : numbers) {
    CHECK(dogged::sqlite::take_number(rest) == number);
    CHECK(dogged::sqlite::take_text(rest) == std::string(number % 1000, 't'));
  }
  CHECK(rest.empty());
}
