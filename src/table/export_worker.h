// SPDX-License-Identifier: MIT
#pragma once

#include "table/export_columns.h"
#include "table/export_layout.h"
#include "table/export_writer.h"
#include "table/range_crew.h"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

namespace dogged {

// The cells that every export has. One thread.
class FixedCells {
 public:
  // They live until the next call.
  void fill(const ExportRow& row, const ExportLayout& layout, std::vector<ExportCell>& cells);

 private:
  void set_time(WallTime at);

  std::array<char, 16> status_{};
  std::chrono::sys_days day_{};  // of fetched_at_
  std::string fetched_at_;
};

// Makes lines of rows, with a reader and with columns of its own, so that several can work at one
// time. One thread at a time; reader, options and layout must outlive it.
class ExportWorker {
 public:
  // Throws Error(usage) on columns that do not compile or two of one name.
  ExportWorker(StoreReader& reader, const ExportOptions& options, const ExportLayout& layout);

  // Looks at rows for columns that cannot be known without. `range`: the place of these rows among
  // all; a worker is given ranges in order.
  void look_ahead(const ExportSelection& rows, std::size_t range, bool for_inputs,
                  RangeOutput& output);
  // Once the layout is complete, before write(): what stands before the first row of all.
  std::string begin();
  void write(const ExportSelection& rows, std::size_t range, RangeOutput& output);
  // The same where not all rows were looked at. Once one of them has a column that the layout lacks
  // (any worker sets `surprised` then), the lines are worth nothing: the rest is looked at instead,
  // and workers made anew, with the columns of these, are to write all.
  void try_write(const ExportSelection& rows, std::size_t range, RangeOutput& output,
                 std::atomic<bool>& surprised);

  AddedCells& added() { return added_; }
  InputCells& inputs() { return inputs_; }
  std::int64_t rows() const { return rows_; }
  std::int64_t answered() const { return answered_; }
  // Names of input columns that the layout does not know.
  const std::vector<RangeName>& unknown_inputs() const { return unknown_inputs_; }

 private:
  void note_inputs(const ExportRow& row, std::size_t range);
  void add_line(const ExportRow& row, std::size_t range);

  StoreReader& reader_;
  const ExportLayout& layout_;
  AddedCells added_;
  InputCells inputs_;
  FixedCells fixed_;
  std::unique_ptr<ExportWriter> writer_;
  std::vector<ExportCell> cells_;
  std::string out_;
  std::int64_t rows_ = 0;
  std::int64_t answered_ = 0;  // of them
  JsonDocument document_;
  std::vector<RangeName> unknown_inputs_;
  std::unordered_set<std::string> known_unknown_;
};

}  // namespace dogged
