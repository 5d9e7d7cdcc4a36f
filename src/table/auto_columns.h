// SPDX-License-Identifier: MIT
#pragma once

#include "base/json_document.h"
#include "table/auto_columns_walk.h"
#include "table/column_set.h"
#include "table/export_writer.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace dogged {

// The columns of `--add auto`: whatever the answers hold. Answers are shown to observe(), which
// finds the columns in order of first appearance; then extract() gives their values, or finds more
// columns (surprised()). Objects and arrays of one element are flattened to a.b, other arrays are
// JSON text, a root that is no object is `value`, null is empty. Past kMaxColumns the rest of an
// answer goes as one JSON object into a last column, `more`; so memory stays flat whatever the
// answers are. One thread.
class AutoColumns final : public ColumnSet {
 public:
  static constexpr std::size_t kMaxColumns = 1'000;

  // Several may find columns at one time, each in ranges of the answers of its own, given in order.
  void observe(std::string_view body, std::size_t range = 0);
  bool overflowed() const { return overflowed_; }
  // Knows the columns that all of `found` know, in order of first appearance.
  static AutoColumns merged(const std::vector<const AutoColumns*>& found);

  std::vector<std::string> names() const override;
  void extract(std::string_view body, std::vector<ColumnValue>& values) override;
  // The same as views, which live until the next call; `cells` are as many as names() were before
  // the first, and absent.
  void fill(std::string_view body, std::span<ExportCell> cells, std::size_t range = 0);
  // Whether an answer had what observe() was not shown: now there are columns for it, as if it had
  // been, and the values so far lack them.
  bool surprised() const { return surprised_; }
  std::int64_t filter_failures() const override { return 0; }
  std::string first_filter_failure() const override { return {}; }
  bool digits_lost() const override { return false; }
  void absorb(const ColumnSet&) override {}

 private:
  struct PathHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view path) const {
      return std::hash<std::string_view>()(path);
    }
  };

  // The column of the walk's leaf, or -1. `guess`: where it stands when this answer is built as the
  // last one was.
  int column_of(std::string_view path, int guess) const;
  // False where there is no room for one more.
  bool add_column(std::string_view path, const std::string& dotted_name, std::size_t range);

  ExportCell cell_of(JsonDocument::Index leaf, std::size_t column);

  JsonDocument document_;
  std::vector<std::string> scratch_;  // of each column: the JSON text of an array or object
  std::string more_;
  LeafWalk walk_{LeafWalk::Arrays::as_leaf, LeafWalk::Paths::names_only};
  std::vector<std::string> names_;
  std::vector<std::string> paths_;                                           // of the same columns
  std::vector<std::string> dotted_names_;                                    // before free_name
  std::vector<std::size_t> ranges_;                                          // of first appearance
  std::unordered_map<std::string, int, PathHash, std::equal_to<>> columns_;  // by path
  std::unordered_map<std::string, int, PathHash, std::equal_to<>> taken_;    // names
  bool overflowed_ = false;
  bool surprised_ = false;
};

}  // namespace dogged
