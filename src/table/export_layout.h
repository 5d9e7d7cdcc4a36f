// SPDX-License-Identifier: MIT
#pragma once

#include "store/store_reader.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace dogged {

// The columns that stand between the input's own and the added ones.
enum class FixedColumn { key, state, http_status, fetched_at, error, mended };
inline constexpr std::size_t kFixedColumns = 6;

// Which columns an export has, and where each stands: the input's own (of several batches: the
// union of their headers, in order), the fixed ones, the added ones. A fixed name that an input
// column has becomes dogged_NAME, an added one that is taken answer_NAME. Immutable once complete;
// any thread.
class ExportLayout {
 public:
  explicit ExportLayout(const std::vector<BatchInfo>& batches);

  // Names an input column that no header told of; before complete().
  void add_input(std::string_view name);
  void complete(const std::vector<std::string>& added);

  const std::vector<std::string>& names() const { return names_; }
  std::size_t inputs() const { return inputs_; }
  std::size_t fixed(FixedColumn column) const { return inputs_ + static_cast<std::size_t>(column); }
  std::size_t added() const { return inputs_ + kFixedColumns; }

  // Where the input column `name` stands, or -1.
  int input(std::string_view name) const;
  // Where the columns of a batch stand, in the order of its header; and the one of its key (the
  // first where the key is made of several), -1 without a header.
  std::span<const int> inputs_of(std::int64_t batch) const;
  int key_of(std::int64_t batch) const;

 private:
  struct NameHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const {
      return std::hash<std::string_view>()(name);
    }
  };
  struct Batch {
    std::vector<int> inputs;
    int key = -1;
  };

  std::vector<std::string> names_;
  std::size_t inputs_ = 0;
  std::unordered_map<std::string, int, NameHash, std::equal_to<>> input_index_;
  std::map<std::int64_t, Batch> batches_;
};

}  // namespace dogged
