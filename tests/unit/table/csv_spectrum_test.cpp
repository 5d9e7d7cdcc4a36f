// SPDX-License-Identifier: MIT
// The points of csv-spectrum, a collection of files that any reader of CSV should take, as cases of
// our own: each is imported as that collection says, and its cells are exported byte for byte.
#include "table/csv_reader.h"
#include "table/exporter.h"
#include "table/importer.h"
#include "tests/fakes/memory_store.h"
#include "tests/fakes/temporary_directory.h"

#include <doctest/doctest.h>

#include <fstream>
#include <string>
#include <vector>

namespace dogged {
namespace {

using Cells = std::vector<std::string>;

struct Case {
  const char* point;
  std::string file;
  std::vector<Cells> lines;  // the header first
  std::size_t id = 0;        // the column of the ID, which holds no line end
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      {"plain", "x,y,z\n7,8,9\n", {{"x", "y", "z"}, {"7", "8", "9"}}},
      {"lines that end in CRLF", "x,y,z\r\n7,8,9\r\n", {{"x", "y", "z"}, {"7", "8", "9"}}},
      {"a comma in quotes, no line end at the end",
       "account,street,town,post code\n41,4 Quay St,\"Port Orford, Oregon\",00465",
       {{"account", "street", "town", "post code"},
        {"41", "4 Quay St", "Port Orford, Oregon", "00465"}}},
      {"empty cells in quotes",
       "x,y,z\n7,\"\",\"\"\n8,9,10",
       {{"x", "y", "z"}, {"7", "", ""}, {"8", "9", "10"}}},
      {"empty cells in quotes, CRLF",
       "x,y,z\r\n7,\"\",\"\"\r\n8,9,10",
       {{"x", "y", "z"}, {"7", "", ""}, {"8", "9", "10"}}},
      {"doubled quotes",
       "x,y\n7,\"she said \"\"no\"\" twice\"\n9,10\n",
       {{"x", "y"}, {"7", R"(she said "no" twice)"}, {"9", "10"}}},
      {"JSON in a cell",
       "name,value\n7,\"{\"\"kind\"\": \"\"Box\"\", \"\"size\"\": [4.0, 0.25]}\"\n",
       {{"name", "value"}, {"7", R"({"kind": "Box", "size": [4.0, 0.25]})"}}},
      {"quotes in cells that are not quoted",
       "phone number,place,town\n3585550100,60\u00B010'13.2\"N 24\u00B056'16.8\"E,Helsinki",
       {{"phone number", "place", "town"},
        {"3585550100", "60\u00B010'13.2\"N 24\u00B056'16.8\"E", "Helsinki"}}},
      {"a line end in quotes",
       "x,y,z\n7,8,9\n\"Far \naway\",11,12\n13,14,15\n",
       {{"x", "y", "z"}, {"7", "8", "9"}, {"Far \naway", "11", "12"}, {"13", "14", "15"}},
       2},
      {"a line end in quotes, CRLF",
       "x,y,z\r\n7,8,9\r\n\"Far \r\naway\",11,12\r\n13,14,15\r\n",
       {{"x", "y", "z"}, {"7", "8", "9"}, {"Far \r\naway", "11", "12"}, {"13", "14", "15"}},
       2},
      {"doubled quotes and line ends in quotes",
       "x,y\n7,\"well \n\"\"well\"\" \nwell\"\n9,10\n",
       {{"x", "y"}, {"7", "well \n\"well\" \nwell"}, {"9", "10"}}},
      {"UTF-8",
       "x,y,z\n7,8,9\n10,11,\u0294",
       {{"x", "y", "z"}, {"7", "8", "9"}, {"10", "11", "\u0294"}}},
  };
  return all;
}

// What a file is once it went through a store: the input's own columns of its export.
std::vector<Cells> imported_and_exported(const Case& c) {
  const TemporaryDirectory directory;
  ImportOptions options;
  options.input.file = (directory.path() / "list.csv").string();
  std::ofstream(options.input.file, std::ios::binary) << c.file;
  options.input.id.column = c.lines.front()[c.id];
  MemoryStore store;
  const auto report = import_file(options, store, from_ms(1), [](const InputShape&) {});
  CHECK(report.summary.rejected == 0);
  std::string exported;
  (void)export_rows(*store.reader(), {}, [&](std::string_view piece) { exported += piece; });
  CsvReader reader(',');
  reader.feed(exported);
  reader.finish();
  std::vector<Cells> lines;
  for (CsvRecord record; reader.next(record);) {
    REQUIRE(record.fault.empty());
    record.cells.resize(c.lines.front().size());
    lines.push_back(record.cells);
  }
  return lines;
}

TEST_CASE("every file of csv-spectrum's kinds is imported and exported cell by cell") {
  for (const Case& c : cases()) {
    CAPTURE(c.point);
    CHECK(imported_and_exported(c) == c.lines);
  }
}

}  // namespace
}  // namespace dogged
