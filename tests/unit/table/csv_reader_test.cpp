// SPDX-License-Identifier: MIT
#include "table/csv_reader.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

namespace dogged {
namespace {

using Cells = std::vector<std::string>;

std::vector<CsvRecord> read(std::string_view text, char delimiter = ',', std::size_t piece = 0) {
  CsvReader reader(delimiter);
  std::vector<CsvRecord> records;
  CsvRecord record;
  const auto drain = [&] {
    while (reader.next(record)) {
      records.push_back(record);
    }
  };
  while (!text.empty()) {
    const std::string_view part = text.substr(0, piece == 0 ? text.size() : piece);
    reader.feed(part);
    drain();
    text.remove_prefix(part.size());
  }
  reader.finish();
  drain();
  return records;
}

std::vector<Cells> cells(std::string_view text, char delimiter = ',') {
  std::vector<Cells> all;
  for (const CsvRecord& record : read(text, delimiter)) {
    CHECK(record.fault == "");
    all.push_back(record.cells);
  }
  return all;
}

TEST_CASE("cells are read as RFC 4180 says") {
  struct Case {
    std::string_view text;
    std::vector<Cells> cells;
  };
  const Case cases[] = {
      {"", {}},
      {"\n\r\n\r", {}},
      {"a,b,c\n1,2,3\n", {{"a", "b", "c"}, {"1", "2", "3"}}},
      {"a,b,c\r\n1,2,3\r\n", {{"a", "b", "c"}, {"1", "2", "3"}}},
      {"a,b\r1,2\r", {{"a", "b"}, {"1", "2"}}},
      {"a,b\n1,2", {{"a", "b"}, {"1", "2"}}},
      {"a\n\n\nb\n", {{"a"}, {"b"}}},
      {"Jo,\"Anytown, WW\",08123", {{"Jo", "Anytown, WW", "08123"}}},
      {"1,\"\",\"\"\n2,3,4\n", {{"1", "", ""}, {"2", "3", "4"}}},
      {"1,\"ha \"\"ha\"\" ha\"\n", {{"1", "ha \"ha\" ha"}}},
      {"1,\"{\"\"a\"\": [1, 2]}\"\n", {{"1", "{\"a\": [1, 2]}"}}},
      {"37'37.8\"N 121'17.9\"W,Modesto\n", {{"37'37.8\"N 121'17.9\"W", "Modesto"}}},
      {"\"Once upon \na time\",5\n7,8\n", {{"Once upon \na time", "5"}, {"7", "8"}}},
      {"\"Once upon \r\na time\",5\r\n7,8\r\n", {{"Once upon \r\na time", "5"}, {"7", "8"}}},
      {"1,\"ha \n\"\"ha\"\" \nha\"\n3,4\n", {{"1", "ha \n\"ha\" \nha"}, {"3", "4"}}},
      {"4,5,ʤ\n", {{"4", "5", "ʤ"}}},
      {" a , b \n", {{" a ", " b "}}},
      {"a, \"b\"\n", {{"a", " \"b\""}}},
      {"a,\n,\n", {{"a", ""}, {"", ""}}},
      {"a,", {{"a", ""}}},
      {"\"a\"", {{"a"}}},
      {"\"\"\n", {{""}}},
      {"\"\"\"\"\n", {{"\""}}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(cells(c.text) == c.cells);
  }
  CHECK(cells("a;b,c\n", ';') == std::vector<Cells>{{"a", "b,c"}});
  CHECK(cells("a\tb c\n", '\t') == std::vector<Cells>{{"a", "b c"}});
}

TEST_CASE("records know the line where they begin and their text") {
  const auto records = read("a,b\r\n\r\n\"x\r\ny\rz\",2\n\n3,4");
  REQUIRE(records.size() == 3);
  CHECK(records[0].line == 1);
  CHECK(records[1].line == 3);
  CHECK(records[1].text == "\"x\r\ny\rz\",2");
  CHECK(records[2].line == 7);
  CHECK(records[2].text == "3,4");
}

TEST_CASE("after a broken quote reading goes on at the next line") {
  const auto records = read("1,\"open\n2,b\n3,\"x\"y\n4,\"d\ne\"\n5,\"never");
  REQUIRE(records.size() == 5);
  CHECK(records[0].fault != "");
  CHECK(records[0].cells.empty());
  CHECK(records[0].text == "1,\"open");
  CHECK(records[0].line == 1);
  CHECK(records[1].cells == Cells{"2", "b"});
  CHECK(records[1].fault == "");
  CHECK(records[2].fault == "text stands behind a closing quote");
  CHECK(records[2].line == 3);
  CHECK(records[3].cells == Cells{"4", "d\ne"});
  CHECK(records[3].line == 4);
  CHECK(records[4].fault == "a quote is opened and never closed");
  CHECK(records[4].line == 6);
}

TEST_CASE("a record over 1 MB is a fault and reading goes on") {
  const std::string big(CsvReader::kMaxRecordBytes + 10, 'x');
  for (const std::string& first : {big, "\"" + big + "\"", "a," + big + ",b", "\"" + big}) {
    for (const std::size_t piece : {0, 100'000}) {
      const auto records = read(first + "\r\n2,b\n", ',', piece);
      REQUIRE(records.size() == 2);
      CHECK(records[0].fault != "");
      CHECK(records[0].text.size() == CsvReader::kMaxRecordBytes);
      CHECK(records[1].cells == Cells{"2", "b"});
      CHECK(records[1].line == 2);
    }
  }
}

TEST_CASE("a record of exactly 1 MB is read") {
  const std::string big(CsvReader::kMaxRecordBytes, 'x');
  const auto records = read(big + "\n1\n");
  REQUIRE(records.size() == 2);
  CHECK(records[0].fault == "");
  CHECK(records[0].cells[0].size() == CsvReader::kMaxRecordBytes);
}

TEST_CASE("a text cut at 1 MB is cut between characters") {
  std::string big = "x";
  while (big.size() < CsvReader::kMaxRecordBytes + 10) {
    big += "ä";
  }
  const auto records = read(big);
  REQUIRE(records.size() == 1);
  CHECK(records[0].text.size() == CsvReader::kMaxRecordBytes - 1);
}

TEST_CASE("a file in which every line opens a quote takes no time that grows with its square") {
  std::string text;
  constexpr int kLines = 100'000;  // 50 s when each of them is read to the end of the file
  for (int i = 0; i < kLines; ++i) {
    text += "a\",\"b\n";
  }
  const auto records = read(text);
  CHECK(records.size() == kLines);
  CHECK(records.back().line == kLines);
  CHECK(records.front().fault != "");
}

TEST_CASE("pieces of any size give the same records") {
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same cases every time
  constexpr std::string_view kLetters = "ab,,\"\"\"\n\r";
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (std::size_t n = random() % 40; n > 0; --n) {
      text += kLetters[random() % kLetters.size()];
    }
    CAPTURE(text);
    const auto whole = read(text);
    std::int64_t line = 0;
    for (const CsvRecord& record : whole) {
      REQUIRE(record.line > line);
      REQUIRE(record.fault.empty() != record.cells.empty());
      line = record.line;
    }
    for (const std::size_t piece : {1, 2, 7}) {
      const auto pieces = read(text, ',', piece);
      REQUIRE(pieces.size() == whole.size());
      for (std::size_t i = 0; i < whole.size(); ++i) {
        REQUIRE(pieces[i].cells == whole[i].cells);
        REQUIRE(pieces[i].text == whole[i].text);
        REQUIRE(pieces[i].fault == whole[i].fault);
        REQUIRE(pieces[i].line == whole[i].line);
      }
    }
  }
}

TEST_CASE("what is written by the rules is read back") {
  std::mt19937 random(11);  // NOLINT(cert-msc51-cpp): the same cases every time
  constexpr std::string_view kLetters = "ab;,\"\n\r ";
  for (int round = 0; round < 1000; ++round) {
    std::vector<Cells> table(1 + random() % 4);
    std::string text;
    for (Cells& row : table) {
      row.resize(1 + random() % 3);
      for (std::string& cell : row) {
        for (std::size_t n = random() % 5; n > 0; --n) {
          cell += kLetters[random() % kLetters.size()];
        }
        text += &cell == row.data() ? "\"" : ",\"";
        for (const char c : cell) {
          text += c;
          text += c == '"' ? "\"" : "";
        }
        text += '"';
      }
      text += random() % 2 == 0 ? "\n" : "\r\n";
    }
    CAPTURE(text);
    REQUIRE(cells(text) == table);
  }
}

}  // namespace
}  // namespace dogged
