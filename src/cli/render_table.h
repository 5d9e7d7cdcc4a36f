// SPDX-License-Identifier: MIT
#pragma once

#include "cli/output.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dogged {

// How many cells of a terminal `text` (UTF-8 that printable() let through) takes: East Asian wide
// characters two, combining marks none.
std::size_t display_width(std::string_view text);

struct TableColumn {
  enum class Align { left, right };
  std::string name;
  Align align = Align::left;
  std::size_t limit = 60;  // characters shown of a cell; the rest is cut with "..."
};

// A table with aligned columns, for people. Cells are made harmless for terminals (base/text.h:
// printable), whatever they hold. Memory stays flat: the widths come from the header and the first
// kMeasured rows; a later cell that is wider only pushes its own line. One thread.
class TableWriter {
 public:
  static constexpr std::size_t kMeasured = 200;

  // `out` must outlive the writer.
  TableWriter(Output& out, std::vector<TableColumn> columns);

  // As many cells as there are columns.
  void add(const std::vector<std::string>& cells);
  // Writes what is held back; the header alone where there was no row. Must be called in the end.
  void finish();

 private:
  void write_row(const std::vector<std::string>& cells);
  void write_held();

  Output& out_;
  const std::vector<TableColumn> columns_;
  std::vector<std::size_t> widths_;
  std::vector<std::vector<std::string>> held_;
  bool measuring_ = true;
};

// `text` line by line, each made harmless for terminals and ended by a line feed.
std::string printable_lines(std::string_view text);

// One value of CSV (RFC 4180): quoted where it has to be.
void append_csv_value(std::string& line, std::string_view value);

}  // namespace dogged
