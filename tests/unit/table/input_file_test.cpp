// SPDX-License-Identifier: MIT
#include "table/input_file.h"

#include "base/error.h"
#include "base/sha256.h"
#include "tests/fakes/temporary_directory.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace dogged {
namespace {

using std::string_literals::operator""s;

// A file of the test's own.
class GivenFile {
 public:
  explicit GivenFile(const std::string& bytes, const std::string& name = "ids.csv") {
    options.file = (directory_.path() / name).string();
    std::ofstream(options.file, std::ios::binary) << bytes;
  }
  std::unique_ptr<InputFile> open() const { return InputFile::open(options); }

  // What is wrong with the file, or with what was asked of it.
  std::string fault() const {
    try {
      (void)open();
      return "";
    } catch (const Error& error) {
      CHECK(error.fault() == Fault::usage);
      return error.what();
    }
  }

  InputOptions options;

 private:
  TemporaryDirectory directory_;
};

std::vector<InputRow> rows_of(InputFile& file) {
  std::vector<InputRow> rows;
  InputRow row;
  while (file.next(row)) {
    rows.push_back(row);
  }
  return rows;
}

std::vector<std::string> keys_of(InputFile& file) {
  std::vector<std::string> keys;
  for (const InputRow& row : rows_of(file)) {
    keys.push_back(row.fault.empty() ? row.key : "!");
  }
  return keys;
}

using Keys = std::vector<std::string>;

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("a CSV file is read with its lines, keys and columns") {
  const GivenFile given("id,name\r\n7,\"a \"\"b\"\"\"\r\n\r\n8\r\n");
  const auto file = given.open();
  CHECK(file->shape().describe() == "CSV with ',', UTF-8, header, ID column 'id'");
  const auto rows = rows_of(*file);
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].row == 1);
  CHECK(rows[0].line == 2);
  CHECK(rows[0].key == "7");
  CHECK(file->columns_json(rows[0]) == R"({"id":"7","name":"a \"b\""})");
  CHECK(rows[1].row == 2);
  CHECK(rows[1].line == 4);
  CHECK(file->columns_json(rows[1]) == R"({"id":"8","name":""})");
  CHECK(file->sha256() == Sha256::of("id,name\r\n7,\"a \"\"b\"\"\"\r\n\r\n8\r\n"));
}

TEST_CASE("every encoding gives the same rows") {
  const std::string utf16_le =
      "\xFF\xFE"
      "i\0d\0,\0n\0\n\0\x37\0,\0\xE4\0\n\0"s;
  const std::string utf16_be = "\xFE\xFF\0i\0d\0,\0n\0\n\0\x37\0,\0\xE4\0\n"s;
  const std::string contents[] = {"id,n\n7,ä\n", "\xEF\xBB\xBFid,n\n7,ä\n", utf16_le,
                                  utf16_be,      utf16_le.substr(2),        "id,n\n7,\xE4\n"};
  const Encoding encodings[] = {Encoding::utf8,     Encoding::utf8_bom, Encoding::utf16_le,
                                Encoding::utf16_be, Encoding::utf16_le, Encoding::windows_1252};
  for (std::size_t i = 0; i < std::size(contents); ++i) {
    CAPTURE(i);
    const GivenFile given(contents[i]);
    const auto file = given.open();
    CHECK(file->shape().encoding == encodings[i]);
    const auto rows = rows_of(*file);
    REQUIRE(rows.size() == 1);
    CHECK(file->columns_json(rows[0]) == R"({"id":"7","n":"ä"})");
    CHECK(file->replaced_characters() == 0);
  }
}

TEST_CASE("a character far behind the beginning decides the encoding too") {
  std::string text = "id,n\n";
  while (text.size() < 600'000) {
    text += "1,plain\n";
  }
  CHECK(GivenFile(text + "2,\xE4\n").open()->shape().encoding == Encoding::windows_1252);
  CHECK(GivenFile(text + "2,ä\n").open()->shape().encoding == Encoding::utf8);
}

TEST_CASE("characters that the given encoding does not have are replaced and counted") {
  GivenFile given("id,n\n7,\xE4\n8,\xE4\n");
  given.options.encoding = Encoding::utf8;
  const auto file = given.open();
  const auto rows = rows_of(*file);
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].cells[1] == "\uFFFD");
  CHECK(file->replaced_characters() == 2);
}

TEST_CASE("a mark of UTF-8 is no part of the first column's name, whatever the encoding") {
  for (const Encoding encoding : {Encoding::windows_1252, Encoding::utf8, Encoding::utf8_bom}) {
    GivenFile given("\xEF\xBB\xBFName,id\nK\xE4s,7\n");
    given.options.encoding = encoding;
    CHECK(given.open()->shape().header == Keys{"Name", "id"});
  }
}

TEST_CASE("a first line that names the delimiter is neither header nor row") {
  for (const char delimiter : {';', ',', '\t', '|', ':'}) {
    CAPTURE(delimiter);
    std::string text = "sep=;\r\nid;note\r\n7;a b\r\n";
    std::replace(text.begin(), text.end(), ';', delimiter);
    const auto file = GivenFile(text).open();
    CHECK(file->shape().delimiter == delimiter);
    CHECK(file->shape().header == Keys{"id", "note"});
    const auto rows = rows_of(*file);
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].line == 3);
    CHECK(rows[0].key == "7");
  }
  GivenFile asked("Sep=,\nid;n\n7;a\n");
  asked.options.delimiter = ';';
  CHECK(asked.open()->shape().header == Keys{"id", "n"});
  CHECK(GivenFile("sep=;\n").open()->shape().header.empty());
  CHECK(keys_of(*GivenFile("\xEF\xBB\xBFsep=;\nid;n\n8;\n").open()) == Keys{"8"});
  // Only there, and only such a line.
  CHECK(keys_of(*GivenFile("id;n\nsep=;\n").open()) == Keys{"sep="});
  CHECK(GivenFile("sep=ab,id\n1,2\n").open()->shape().header == Keys{"sep=ab", "id"});
  CHECK(keys_of(*GivenFile("sep=1\nsep=2\n").open()) == Keys{"sep=1", "sep=2"});
}

TEST_CASE("empty rows among others are rejects in their place, those at the end are counted") {
  const GivenFile given("id;price\r\n1;2,5\r\n;\r\n\r\n;\r\n2;3,1\r\n;\r\n;;;\r\n");
  const auto file = given.open();
  CHECK(file->shape().delimiter == ';');
  const auto rows = rows_of(*file);
  REQUIRE(rows.size() == 4);
  CHECK(rows[0].key == "1");
  CHECK(rows[1].row == 2);
  CHECK(rows[1].line == 3);
  CHECK(rows[1].fault == kEmptyRow);
  CHECK(rows[1].text == ";");
  CHECK(file->columns_json(rows[1]) == R"({"id":"","price":""})");
  CHECK(rows[2].row == 3);
  CHECK(rows[2].line == 5);
  CHECK(rows[3].row == 4);
  CHECK(rows[3].line == 6);
  CHECK(rows[3].key == "2");
  CHECK(rows[3].fault == "");
  CHECK(file->empty_rows_at_end() == 2);
}

TEST_CASE("empty rows of every kind are told from blank lines") {
  const auto empty_of = [](const std::string& text) {
    const auto file = GivenFile(text).open();
    const auto rows = rows_of(*file);
    std::size_t empty = 0;
    for (const InputRow& row : rows) {
      empty += row.fault == kEmptyRow ? 1 : 0;
    }
    return std::pair(empty, file->empty_rows_at_end());
  };
  using Counts = std::pair<std::size_t, std::int64_t>;
  CHECK(empty_of("id,n\n1,a\n , \n2,b\n") == Counts(1, 0));
  CHECK(empty_of("id,n\n1,a\n\"\",\"\"\n2,b\n") == Counts(1, 0));
  CHECK(empty_of("id,n\n1,a\n;;\n2,b\n") == Counts(1, 0));
  CHECK(empty_of("id\tn\n1\ta\n\t\n2\tb\n\t\n") == Counts(1, 1));
  CHECK(empty_of("id\n1\n\"\"\n2\n") == Counts(1, 0));
  CHECK(empty_of("id,n\n1,a\n  \n\n2,b\n\n \n") == Counts(0, 0));
  CHECK(empty_of(",,\nid,n\n1,a\n") == Counts(0, 0));
  CHECK(empty_of("id,n\n,\n,\n") == Counts(0, 2));
  CHECK(empty_of(";;;\n") == Counts(0, 1));
}

TEST_CASE("as many empty rows as anybody has are kept in no memory") {
  std::string text = "id,n\n";
  for (int i = 0; i < 30'000; ++i) {
    text += i % 2 == 0 ? ",\n" : ",,\n";
  }
  const auto file = GivenFile(text).open();
  const auto rows = static_cast<std::int64_t>(rows_of(*file).size());
  CHECK(rows + file->empty_rows_at_end() == 30'000);
  CHECK(rows > 0);
}

TEST_CASE("surplus cells are a reject unless they are empty") {
  const GivenFile given("id,n\n1,a,b\n2,a,,\n3,a, ,x\n4\n");
  const auto file = given.open();
  const auto rows = rows_of(*file);
  REQUIRE(rows.size() == 4);
  CHECK(holds(rows[0].fault, "3 cells, but the file has 2 columns"));
  CHECK(rows[0].text == "1,a,b");
  CHECK(rows[0].cells.empty());
  CHECK(rows[1].fault == "");
  CHECK(rows[1].cells == Keys{"2", "a"});
  CHECK(holds(rows[2].fault, "4 cells"));
  CHECK(rows[3].cells == Keys{"4", ""});
}

TEST_CASE("broken quotes are a reject and the next line is read") {
  const GivenFile given("id,n\n1,\"open\n2,b\n3,c\n");
  const auto file = given.open();
  const auto rows = rows_of(*file);
  REQUIRE(rows.size() == 3);
  CHECK(holds(rows[0].fault, "quote"));
  CHECK(rows[0].line == 2);
  CHECK(rows[1].key == "2");
}

TEST_CASE("empty files and files of a header alone have no rows") {
  for (const char* const text : {"", "\n\n", "\xEF\xBB\xBF", ";;;\n"}) {
    const GivenFile given(text);
    const auto file = given.open();
    CHECK(file->shape().header.empty());
    CHECK(file->shape().describe() == "an empty file");
    CHECK(rows_of(*file).empty());
    CHECK(file->sha256() == Sha256::of(text));
  }
  for (const char* const text : {"id,name", "id\n"}) {
    const GivenFile given(text);
    const auto file = given.open();
    CHECK(file->shape().has_header);
    CHECK(rows_of(*file).empty());
  }
  GivenFile ruled("number,name\n");
  ruled.options.id.rule = "finnish-business-id";
  CHECK(rows_of(*ruled.open()).empty());
}

TEST_CASE("a plain list has one ID a line and rows that are just their key") {
  const GivenFile given("0112038-9\n\n 2331972-7 \n\"x,y\"\n");
  const auto file = given.open();
  CHECK(file->shape().kind == InputKind::plain_lines);
  CHECK(file->shape().describe() == "one ID a line, UTF-8, no header");
  const auto rows = rows_of(*file);
  REQUIRE(rows.size() == 3);
  CHECK(file->columns_json(rows[0]) == "");
  CHECK(rows[1].key == "2331972-7");
  CHECK(rows[1].line == 3);
  CHECK(file->columns_json(rows[1]) == R"({"column_1":" 2331972-7 "})");
  CHECK(rows[2].key == "x,y");
}

TEST_CASE("the ID column is the named one, the only one, or the one called id") {
  GivenFile given("Id,number,name\n1,2,3\n");
  CHECK(keys_of(*given.open()) == Keys{"1"});
  given.options.id.column = "number";
  CHECK(keys_of(*given.open()) == Keys{"2"});
  given.options.id.column = "NAME";
  CHECK(given.open()->shape().id_column == "name");
  given.options.id.column = "nam";
  CHECK(holds(given.fault(), "did you mean 'name'? It has: Id, number, name"));
  CHECK(keys_of(*GivenFile("number\n2\n").open()) == Keys{"2"});
  CHECK(holds(GivenFile("number,name\n1,2\n").fault(), "It has: number, name"));
}

TEST_CASE("with an ID rule the column where most cells pass holds the IDs") {
  std::string text = "name,number\n";
  for (int i = 0; i < 9; ++i) {
    text += "x,0112038-9\n";
  }
  GivenFile given(text + "x,wrong\n");
  given.options.id.rule = "finnish-business-id";
  CHECK(given.open()->shape().id_column == "number");

  GivenFile worse(text + "x,wrong\nx,wrong\n");
  worse.options.id.rule = "finnish-business-id";
  CHECK(holds(worse.fault(), "no column"));

  GivenFile two("a,b\n0112038-9,2331972-7\n");
  two.options.id.rule = "finnish-business-id";
  two.options.has_header = true;
  CHECK(holds(two.fault(), "several columns"));
  CHECK(holds(two.fault(), "a, b"));
}

TEST_CASE("a key is made of several columns") {
  GivenFile given("kind,id,n\nartists,7,x\nartists, 8 ,x\n,9,x\nartists,1.23E+15,x\n");
  given.options.id.key = "{kind}/{id}";
  const auto file = given.open();
  CHECK(file->shape().describe() == "CSV with ',', UTF-8, header, key '{kind}/{id}'");
  CHECK(file->shape().id_column == "");
  const auto rows = rows_of(*file);
  REQUIRE(rows.size() == 4);
  CHECK(rows[0].key == "artists/7");
  CHECK(rows[0].mended == "");
  CHECK(rows[1].key == "artists/8");
  CHECK(rows[1].mended == "spaces");
  CHECK(rows[2].fault == "column 'kind': the ID is empty");
  CHECK(holds(rows[3].fault, "column 'id': a spreadsheet"));
  given.options.id.key = "{kind}/{no}";
  CHECK(holds(given.fault(), "has no column 'no'"));
  given.options.id.key = "{kind";
  CHECK(holds(given.fault(), "--key"));
  given.options.id.key = "x";
  CHECK(holds(given.fault(), "names no column"));
  given.options.id.column = "id";
  CHECK(holds(given.fault(), "one of them"));
}

TEST_CASE("an ID pattern holds for the key of several columns") {
  GivenFile given("kind,id\nartists,7\nworks,8\n");
  given.options.id.key = "{kind}/{id}";
  given.options.id.pattern = "artists/\\d+";
  CHECK(keys_of(*given.open()) == Keys{"artists/7", "!"});
}

TEST_CASE("a lone column that holds another delimiter is an error") {
  GivenFile given("business_id;name\n0112038-9;Nokia\n");
  given.options.delimiter = ',';
  CHECK(holds(given.fault(), "holds ';'; say --delimiter ';'"));
  CHECK(holds(GivenFile("a|b\nc\nd\n").fault(), "holds '|'"));
  CHECK(GivenFile("id\n\"a;b\"\n").fault() == "");
}

TEST_CASE("one line of many that holds a delimiter is a reject, unless a rule takes it") {
  std::string text;
  for (int i = 0; i < 30; ++i) {
    text += "10.1000/" + std::to_string(i) + "\n";
  }
  GivenFile given(text + "10.1000/a;b\n10.1000/a,b\n1,23E+15\n");
  const auto file = given.open();
  auto rows = rows_of(*file);
  REQUIRE(rows.size() == 33);
  CHECK(holds(rows[30].fault, "holds ';'"));
  CHECK(rows[30].key == "");
  CHECK(file->columns_json(rows[30]) == R"({"column_1":"10.1000/a;b"})");
  CHECK(holds(rows[31].fault, "holds ','"));
  CHECK(holds(rows[32].fault, "spreadsheet"));
  given.options.id.pattern = "10\\..*";
  const auto ruled = given.open();
  rows = rows_of(*ruled);
  CHECK(rows[30].key == "10.1000/a;b");
  CHECK(rows[31].key == "10.1000/a,b");
  CHECK(holds(rows[32].fault, "spreadsheet"));
}

TEST_CASE("a header line that holds an ID is an error") {
  GivenFile given("0112038-9\n2331972-7\n");
  given.options.id.rule = "finnish-business-id";
  CHECK(keys_of(*given.open()).size() == 2);
  given.options.has_header = true;
  CHECK(holds(given.fault(), "holds an ID: '0112038-9'; say --no-header"));
}

TEST_CASE("a damaged first ID of a list is a reject") {
  GivenFile given("0112038-8\n1000000-4\n1000007-1\n");
  given.options.id.rule = "finnish-business-id";
  const auto file = given.open();
  const auto rows = rows_of(*file);
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].line == 1);
  CHECK(holds(rows[0].fault, "check digit is wrong"));
  CHECK(rows[1].key == "1000000-4");
}

TEST_CASE("a file without a header has columns by number") {
  GivenFile given("Nokia,0112038-9,x\nKone,1927400-1\nA,0112038-9,x\n");
  given.options.id.rule = "finnish-business-id";
  const auto file = given.open();
  CHECK(file->shape().describe() == "CSV with ',', UTF-8, no header, ID column 'column_2'");
  CHECK(file->shape().header == Keys{"column_1", "column_2", "column_3"});
  CHECK(keys_of(*file).size() == 3);
}

TEST_CASE("repeated and missing names are told apart") {
  CHECK(unique_names({"a", "a", "", "a"}) == Keys{"a", "a_2", "column_3", "a_3"});
  CHECK(unique_names({"a", "a", "a_2"}) == Keys{"a", "a_3", "a_2"});
  CHECK(unique_names({"", "column_1"}) == Keys{"column_1_2", "column_1"});
  CHECK(unique_names({}).empty());
  const GivenFile given("id, n ,n\n1,2,3\n");
  const auto file = given.open();
  CHECK(file->shape().header == Keys{"id", "n", "n"});
  const auto rows = rows_of(*file);
  CHECK(file->columns_json(rows.at(0)) == R"({"id":"1","n":"2","n_2":"3"})");
}

TEST_CASE("workbooks, archives and other binaries are refused with advice") {
  CHECK(holds(GivenFile("PK\x03\x04 xl/").fault(), "Excel workbook (.xlsx)"));
  CHECK(holds(GivenFile("PK\x03\x04 xl/").fault(), "CSV UTF-8"));
  CHECK(holds(GivenFile("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1").fault(), ".xls"));
  CHECK(holds(GivenFile("\x1F\x8B\x08").fault(), "gunzip"));
  CHECK(holds(GivenFile("SQLite format 3\0"s).fault(), "SQLite"));
  CHECK(holds(GivenFile("%PDF-1.4").fault(), "PDF"));
  CHECK(holds(GivenFile("<!DOCTYPE html><html>").fault(), "web page"));
  CHECK(holds(GivenFile("\xFF\xFE\0\0i\0\0\0"s).fault(), "UTF-32"));
  CHECK(holds(GivenFile("\x7F"
                        "ELF\1\2\3\4\5\6")
                  .fault(),
              "no text"));
}

TEST_CASE("a file that is not there or is a folder is an error that names it") {
  InputOptions options;
  options.file = "/nonexistent/ids.csv";
  CHECK_THROWS_WITH_AS(InputFile::open(options),
                       "cannot open /nonexistent/ids.csv: No such file or directory", Error);
  const TemporaryDirectory directory;
  options.file = directory.path().string();
  CHECK_THROWS_AS(InputFile::open(options), Error);
}

TEST_CASE("a pipe is read like a file") {
  const TemporaryDirectory directory;
  InputOptions options;
  options.file = (directory.path() / "pipe").string();
  REQUIRE(mkfifo(options.file.c_str(), 0600) == 0);
  std::string text = "id,n\n";
  while (text.size() < 600'000) {
    text += "1,plain\n";
  }
  text += "2,\xE4\n";
  std::thread writer([&] { std::ofstream(options.file, std::ios::binary) << text; });
  const auto file = InputFile::open(options);
  writer.join();
  CHECK(file->shape().encoding == Encoding::windows_1252);
  const auto rows = rows_of(*file);
  CHECK(rows.back().cells == Keys{"2", "ä"});
  CHECK(file->sha256() == Sha256::of(text));
}

TEST_CASE("JSON lines keep their digits and have the names of all objects") {
  const GivenFile given(
      "{\"id\":12345678901234567890,\"p\":1.10}\n\n{\"id\":\"x\",\"more\":{\"a\":[1]}}\r\n"
      "{\"n\":1}\nnot json\n[1]\n{\"id\":null}\n{\"id\":[1]}\n{\"id\":1,\"id\":2}\n");
  const auto file = given.open();
  CHECK(file->shape().describe() == "JSON lines, UTF-8, ID column 'id'");
  CHECK(file->shape().header == Keys{"id", "p", "more", "n"});
  const auto rows = rows_of(*file);
  REQUIRE(rows.size() == 8);
  CHECK(rows[0].key == "12345678901234567890");
  CHECK(rows[0].cells == Keys{"12345678901234567890", "1.10", "", ""});
  CHECK(file->columns_json(rows[0]) == R"({"id":12345678901234567890,"p":1.10})");
  CHECK(rows[1].line == 3);
  CHECK(rows[1].cells[2] == R"({"a":[1]})");
  CHECK(rows[2].fault == "the ID is empty");
  CHECK(holds(rows[3].fault, "no JSON: "));
  CHECK(rows[3].cells.empty());
  CHECK(rows[3].text == "not json");
  CHECK(rows[4].fault == "no JSON object");
  CHECK(rows[5].fault == "the ID is empty");
  CHECK(rows[6].fault == "the ID is no string or number");
  CHECK(rows[7].key == "2");
}

TEST_CASE("a JSON line that is just its key has no columns, unless it is no string") {
  const GivenFile given("{\"id\": \"a\" }\n{\"id\":1}\n{\"id\":\" a\"}\n");
  const auto file = given.open();
  const auto rows = rows_of(*file);
  REQUIRE(rows.size() == 3);
  CHECK(file->columns_json(rows[0]) == "");
  CHECK(file->columns_json(rows[1]) == "{\"id\":1}");
  CHECK(file->columns_json(rows[2]) == "{\"id\":\" a\"}");
}

TEST_CASE("a lone cell that is empty is a cell, not a row without one") {
  for (const char* text : {"id\n7\n\"\"\n8\n", "{\"id\":\"7\"}\n{\"id\":\"\"}\n{\"id\":\"8\"}\n"}) {
    const GivenFile given(text);
    const auto file = given.open();
    const auto rows = rows_of(*file);
    REQUIRE(rows.size() == 3);
    CHECK(file->columns_json(rows[0]) == "");
    CHECK(file->columns_json(rows[1]) == "{\"id\":\"\"}");
  }
}

TEST_CASE("a member without a name is kept under the name of its column") {
  const GivenFile given("{\"id\":\"7\",\"\":[1, 2]}\n{\"id\":\"8\",\"a\":1.50}\n");
  const auto file = given.open();
  const auto rows = rows_of(*file);
  REQUIRE(rows.size() == 2);
  CHECK(file->columns_json(rows[0]) == R"({"id":"7","column_2":[1,2]})");
  CHECK(file->columns_json(rows[1]) == R"({"id":"8","a":1.50})");
}

TEST_CASE("a JSON line over 1 MB is a reject and the next one is read") {
  const GivenFile given("{\"id\":1}\n{\"id\":\"" + std::string(2 << 20, 'x') + "\"}\n{\"id\":2}");
  const auto file = given.open();
  const auto rows = rows_of(*file);
  REQUIRE(rows.size() == 3);
  CHECK(rows[1].fault == "the line is over 1 MB");
  CHECK(rows[1].text.size() == 1 << 20);
  CHECK(rows[2].key == "2");
  CHECK(rows[2].line == 3);
}

TEST_CASE("JSON that is not one object a line is refused with advice") {
  CHECK(holds(GivenFile("[{\"id\":1}]").fault(), "jq -c '.[]'"));
  CHECK(holds(GivenFile("{\n\"id\": 1\n}\n").fault(), "one object a line"));
  CHECK(holds(GivenFile("{\"a\":1,\"b\":2}\n").fault(), "It has: a, b"));
  CHECK(holds(GivenFile("{}\n").fault(), "with members"));
}

TEST_CASE("a delimiter that quotes or ends lines is refused") {
  GivenFile given("id\n1\n");
  given.options.delimiter = '"';
  CHECK(holds(given.fault(), "delimiter"));
}

}  // namespace
}  // namespace dogged
