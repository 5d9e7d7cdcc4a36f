// SPDX-License-Identifier: MIT
#pragma once

#include "table/exporter.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dogged {

// One value of a line. `text` is what CSV shows; of numbers and of JSON (booleans, arrays, objects)
// it is their JSON as well.
struct ExportCell {
  enum class Kind { absent, text, number, json };
  Kind kind = Kind::absent;
  std::string_view text;
};

// Turns rows into lines of one format. One thread.
class ExportWriter {
 public:
  static std::unique_ptr<ExportWriter> create(const ExportOptions& options);
  virtual ~ExportWriter() = default;

  // Appends what stands before the first row, and a row with as many cells as `names`.
  virtual void begin(const std::vector<std::string>& names, std::string& out) = 0;
  virtual void write(const std::vector<ExportCell>& cells, std::string& out) = 0;
};

}  // namespace dogged
