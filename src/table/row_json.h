// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace dogged {

// Writes rows as JSON objects, {"kind":"artists","id":"0"}, with the names escaped once.
// Immutable after construction; any thread.
class RowJson {
 public:
  RowJson() = default;
  explicit RowJson(const std::vector<std::string>& names);
  // `cells` are as many as the names.
  std::string object(const std::vector<std::string>& cells) const;

 private:
  std::vector<std::string> openings_;  // what stands before each value: {"kind": and ,"id":
};

}  // namespace dogged
