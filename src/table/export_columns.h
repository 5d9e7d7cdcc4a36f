// SPDX-License-Identifier: MIT
#pragma once

#include "table/auto_columns.h"
#include "table/column_set.h"
#include "table/export_layout.h"
#include "table/export_writer.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dogged {

// Found in the rows of a range, so that what several threads find can be put in order.
struct RangeName {
  std::size_t range = 0;
  std::string name;
};

// The cells of the input's own columns. One thread; the layout must outlive it.
class InputCells {
 public:
  explicit InputCells(const ExportLayout& layout) : layout_(layout) {}

  // Fills the cells at their places; they live until the next call. Those that the row does not
  // have are left alone.
  void fill(const ExportRow& row, std::vector<ExportCell>& cells);
  // Rows with a column that the layout does not know, and the first such column.
  std::int64_t stray_rows() const { return stray_rows_; }
  const std::string& stray_name() const { return first_stray_.name; }

  // `range` has ended: what was first in it was first there.
  void end_range(std::size_t range);
  // Adds what another one, which worked on other ranges, counted.
  void absorb(const InputCells& other);

 private:
  void fill_from_json(std::vector<ExportCell>& cells);

  const ExportLayout& layout_;
  JsonDocument document_;
  std::vector<std::string> scratch_;  // JSON text of arrays and objects
  std::int64_t stray_rows_ = 0;
  std::int64_t strays_before_ = 0;  // this range
  RangeName first_stray_;
};

// The cells of the added columns: the named ones, then the automatic ones. One thread.
class AddedCells {
 public:
  // Throws Error(usage) on columns that do not compile or two of one name.
  explicit AddedCells(const ExportOptions& options);

  // For --add auto: rows are shown before merged(), names() and fill(). `range` as ExportWorker
  // has it.
  void observe(const ExportRow& row, std::size_t range);
  // The automatic columns that `found_by`, made with the same options, found in their ranges: then
  // each of them must adopt these. Nothing where there are to be none.
  static std::optional<AutoColumns> merged(const std::vector<const AddedCells*>& found_by);
  void adopt(const AutoColumns& columns);
  std::vector<std::string> names() const;
  void fill(const ExportRow& row, std::size_t range, std::size_t place,
            std::vector<ExportCell>& cells);
  // As AutoColumns has it: then rows are to be shown to observe() again, and all is to be filled
  // anew with what merged() gives.
  bool surprised() const { return automatic_ && automatic_->surprised(); }
  void end_range(std::size_t range);
  void absorb(const AddedCells& other);
  void warn(std::vector<std::string>& warnings) const;

 private:
  std::unique_ptr<ColumnSet> named_;
  std::unique_ptr<AutoColumns> automatic_;
  void warn_of_empty(std::vector<std::string>& warnings) const;

  std::vector<ColumnValue> named_values_;
  std::int64_t answers_ = 0;          // that could fill a named column
  std::vector<std::int64_t> filled_;  // how many did, for each named column
  RangeName first_failure_;           // of a filter
};

}  // namespace dogged
