// SPDX-License-Identifier: MIT
#include "table/export_layout.h"

#include "table/input_file.h"

#include <algorithm>
#include <array>
#include <set>

namespace dogged {
namespace {

// In the order of FixedColumn. Part of the format that others read: frozen.
constexpr std::array<std::string_view, kFixedColumns> kFixedNames = {
    "key", "state", "http_status", "fetched_at", "error", "mended"};

// `name`, behind as many of `prefix` as it takes to be free; then it is taken.
std::string claim(std::string name, std::string_view prefix, std::set<std::string>& taken) {
  while (!taken.insert(name).second) {
    name.insert(0, prefix);
  }
  return name;
}

}  // namespace

ExportLayout::ExportLayout(const std::vector<BatchInfo>& batches) {
  for (const BatchInfo& info : batches) {
    Batch& batch = batches_[info.id];
    const std::vector<std::string> header = unique_names(info.header);
    for (const std::string& name : header) {
      add_input(name);
      batch.inputs.push_back(input(name));
    }
    const int key = input(info.id_column);
    const bool of_this_batch = std::count(batch.inputs.begin(), batch.inputs.end(), key) > 0;
    if (of_this_batch) {
      batch.key = key;
    } else if (!batch.inputs.empty()) {
      batch.key = batch.inputs.front();
    }
  }
}

void ExportLayout::add_input(std::string_view name) {
  if (input(name) < 0) {
    input_index_.emplace(name, static_cast<int>(names_.size()));
    names_.emplace_back(name);
    ++inputs_;
  }
}

void ExportLayout::complete(const std::vector<std::string>& added) {
  std::set<std::string> taken(names_.begin(), names_.end());
  for (const std::string_view name : kFixedNames) {
    names_.push_back(claim(std::string(name), "dogged_", taken));
  }
  for (const std::string& name : added) {
    names_.push_back(claim(name, "answer_", taken));
  }
}

int ExportLayout::input(std::string_view name) const {
  const auto found = input_index_.find(name);
  return found == input_index_.end() ? -1 : found->second;
}

std::span<const int> ExportLayout::inputs_of(std::int64_t batch) const {
  const auto found = batches_.find(batch);
  return found == batches_.end() ? std::span<const int>() : found->second.inputs;
}

int ExportLayout::key_of(std::int64_t batch) const {
  const auto found = batches_.find(batch);
  return found == batches_.end() ? -1 : found->second.key;
}

}  // namespace dogged
