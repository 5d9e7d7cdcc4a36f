// SPDX-License-Identifier: MIT
// Files as users have them: read, imported into a store, and exported again. Every row is accounted
// for.
#include "base/error.h"
#include "base/text.h"
#include "table/csv_reader.h"
#include "table/exporter.h"
#include "table/importer.h"
#include "table/input_file.h"
#include "tests/fakes/memory_store.h"
#include "tests/fuzz/fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <optional>
#include <set>
#include <vector>

namespace dogged::fuzz {
namespace {

// A file in memory; its name leads to it.
class File {
 public:
  File() : fd_(memfd_create("fuzz.csv", MFD_CLOEXEC)) {}
  void hold(std::string_view bytes) const {
    require(ftruncate(fd_, 0) == 0 &&
                pwrite(fd_, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()),
            "the system holds a file");
  }
  std::string name() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  const int fd_;
};

IdSpec id_spec(std::uint8_t which) {
  IdSpec spec;
  switch (which % 7) {
    case 1:
      spec.column = "id";
      break;
    case 2:
      spec.key = "{kind}/{id}";
      break;
    case 3:
      spec.rule = "finnish-business-id";
      break;
    case 4:
      spec.pattern = "[A-Z0-9-]+";
      break;
    case 5:
      spec.pattern = "0*([0-9]+)";
      spec.rewrite = "\\1";
      break;
    case 6:
      spec.column = "column_1";
      break;
    default:
      break;
  }
  return spec;
}

InputOptions input_options(std::uint8_t how, std::uint8_t which) {
  constexpr std::array<char, 4> kDelimiters = {',', ';', '\t', '|'};
  constexpr std::array<Encoding, 5> kEncodings = {Encoding::utf8, Encoding::utf8_bom,
                                                  Encoding::utf16_le, Encoding::utf16_be,
                                                  Encoding::windows_1252};
  InputOptions options;
  if (const unsigned d = how % 8U; d >= 1 && d <= kDelimiters.size()) {
    options.delimiter = kDelimiters[d - 1];
  }
  if (const unsigned e = how / 8U % 8U; e >= 1 && e <= kEncodings.size()) {
    options.encoding = kEncodings[e - 1];
  }
  if (const unsigned h = how / 64U; h == 1 || h == 2) {
    options.has_header = h == 1;
  }
  options.id = id_spec(which);
  return options;
}

struct Rows {
  InputShape shape;
  std::vector<InputRow> rows;
  std::int64_t rejected = 0;
};

void require_row(const InputRow& row, const Rows& before, std::string_view file) {
  require(row.row == static_cast<std::int64_t>(before.rows.size()) + 1, "rows are counted", file);
  require(before.rows.empty() || row.line > before.rows.back().line, "rows are in order", file);
  require(row.key.empty() != row.fault.empty(), "a row has a key or a fault", file);
  require(
      row.cells.size() == before.shape.header.size() || (row.cells.empty() && !row.fault.empty()),
      "a row has a cell for each column, or cannot be read", file);
  require(is_utf8(row.key) && is_utf8(row.text) && is_utf8(row.fault), "rows are UTF-8", file);
  for (const std::string& cell : row.cells) {
    require(is_utf8(cell), "cells are UTF-8", file);
  }
}

std::optional<Rows> read(const InputOptions& options, std::string_view file) {
  try {
    const auto input = InputFile::open(options);
    Rows read;
    read.shape = input->shape();
    InputRow row;
    while (input->next(row)) {
      require_row(row, read, file);
      read.rejected += row.fault.empty() ? 0 : 1;
      read.rows.push_back(row);
    }
    require(input->sha256().size() == 64, "a file that was read has its hash", file);
    return read;
  } catch (const Error& error) {
    require(error.fault() == Fault::usage, "a bad file is the user's fault", error.what());
    require(printable(error.what(), 100'000) == error.what(), "messages are harmless",
            error.what());
    return std::nullopt;
  }
}

std::vector<CsvRecord> exported(StoreReader& reader, const ExportOptions& options) {
  std::string text;
  const ExportReport report =
      export_rows(reader, options, [&](std::string_view piece) { text += piece; });
  CsvReader csv(options.excel ? options.delimiter : ',');
  csv.feed(options.excel ? std::string_view(text).substr(3) : text);
  csv.finish();
  std::vector<CsvRecord> records;
  CsvRecord record;
  while (csv.next(record)) {
    require(record.fault.empty(), "an export is CSV", text);
    require(records.empty() || record.cells.size() == records[0].cells.size(),
            "an export has as many cells a line", text);
    records.push_back(record);
  }
  require(static_cast<std::int64_t>(records.size()) == report.rows + 1, "an export has its rows",
          text);
  return records;
}

// The input's own columns as given, in their order, for each row.
void require_export(StoreReader& reader, const Rows& read, std::string_view file) {
  const std::vector<CsvRecord> records = exported(reader, {});
  const auto& names = records[0].cells;
  require(std::set<std::string>(names.begin(), names.end()).size() == names.size(),
          "no two columns of an export have one name", file);
  require(records.size() == read.rows.size() + 1, "every row is a line of the export", file);
  const std::size_t width = read.shape.header.size();
  for (std::size_t i = 0; i < read.rows.size(); ++i) {
    const InputRow& row = read.rows[i];
    const auto& cells = records[i + 1].cells;
    for (std::size_t c = 0; c < row.cells.size(); ++c) {
      require(cells[c] == row.cells[c], "a cell is exported as it was given", file);
    }
    require(cells[width] == row.key, "the key stands behind the input's columns", file);
    require((cells[width + 1] == "rejected") == row.key.empty(), "a reject is a line too", file);
  }
}

// Nothing that a spreadsheet would run.
void require_harmless(StoreReader& reader, std::string_view file) {
  ExportOptions options;
  options.excel = true;
  options.delimiter = ';';
  for (const CsvRecord& record : exported(reader, options)) {
    for (const std::string& cell : record.cells) {
      const bool constant = cell.starts_with("=\"") && cell.ends_with('"') && cell.size() > 2;
      const bool number = cell.find_first_not_of("-0123456789,") == cell.npos;
      require(cell.empty() || constant || number ||
                  std::string_view("=+-@\t\r").find(cell[0]) == std::string_view::npos,
              "a spreadsheet runs nothing of an export", file);
    }
  }
}

void try_import(const ImportOptions& options, const Rows& read, std::string_view file) {
  const WallTime now = from_ms(1'793'000'000'000);
  MemoryStore store;
  const auto reader = store.reader();
  const auto rows = static_cast<std::int64_t>(read.rows.size());
  try {
    const ImportSummary sum = import_file(options, store, now, [](const InputShape&) {}).summary;
    require(sum.rows == rows && sum.rejected == read.rejected &&
                sum.rows == sum.added + sum.duplicates + sum.rejected,
            "every row is accounted for", file);
  } catch (const Error& error) {
    require(error.fault() == Fault::usage, "a bad file is the user's fault", error.what());
    require(read.rejected * 2 > rows, "what is mostly right is imported", error.what());
    require(reader->batches().empty(), "nothing of a refused file is imported", file);
    return;
  }
  require(reader->verify().empty(), "the accounts hold", file);
  require_export(*reader, read, file);
  require_harmless(*reader, file);
  const ImportSummary again = import_file(options, store, now, [](const InputShape&) {}).summary;
  require(again.same_import && again.added == 0 && again.rows == rows,
          "the same import twice adds nothing", file);
}

}  // namespace

void one_input(std::string_view input) {
  static const File file;
  Parts parts(input);
  const std::uint8_t how = parts.byte();
  ImportOptions options;
  options.input = input_options(how, parts.byte());
  options.input.file = file.name();
  options.batch = "fuzz";
  const std::string_view bytes = parts.rest();
  file.hold(bytes);
  if (const auto rows = read(options.input, bytes)) {
    try_import(options, *rows, bytes);
  }
}

}  // namespace dogged::fuzz
