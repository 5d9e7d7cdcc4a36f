// SPDX-License-Identifier: MIT
#include "table/export_writer.h"

#include "base/json_document.h"
#include "table/csv_writer.h"

namespace dogged {
namespace {

// One JSON object a line (https://jsonlines.org), with all columns in every one.
class JsonLinesWriter final : public ExportWriter {
 public:
  void begin(const std::vector<std::string>& names, std::string&) override {
    for (const std::string& name : names) {
      names_.push_back(names_.empty() ? "{" : ",");
      append_json_string(names_.back(), name);
      names_.back() += ':';
    }
  }

  void write(const std::vector<ExportCell>& cells, std::string& out) override {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      out += names_[i];
      switch (cells[i].kind) {
        case ExportCell::Kind::absent:
          out += "null";
          break;
        case ExportCell::Kind::text:
          append_json_string(out, cells[i].text);
          break;
        case ExportCell::Kind::number:
        case ExportCell::Kind::json:
          out += cells[i].text;
          break;
      }
    }
    out += "}\n";
  }

 private:
  std::vector<std::string> names_;  // as they stand before their value
};

}  // namespace

std::unique_ptr<ExportWriter> ExportWriter::create(const ExportOptions& options) {
  if (options.format == ExportFormat::json_lines) {
    return std::make_unique<JsonLinesWriter>();
  }
  return make_csv_writer(options);
}

}  // namespace dogged
