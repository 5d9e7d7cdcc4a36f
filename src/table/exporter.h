// SPDX-License-Identifier: MIT
#pragma once

#include "job/source.h"
#include "store/store_reader.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dogged {

enum class ExportFormat { csv, json_lines };

struct ExportOptions {
  ExportFormat format = ExportFormat::csv;
  ExportSelection selection;
  std::vector<ColumnSpec> columns;   // --add, or the source's
  bool auto_columns = false;         // --add auto
  std::string lang;                  // bound to $lang
  bool excel = false;                // BOM, CRLF, the input's delimiter, formulas and zeros safe
  std::function<void()> before_row;  // before each row or every moment; its throw ends the export
  // Makes the sink forget all it was given, where it can: then answers are read once and not twice
  // to find the columns of --add auto, unless the first of them do not have them all.
  std::function<void()> start_over;
  char delimiter = ',';  // for --excel: ';' where the input had none of its own
};

struct ExportReport {
  std::int64_t rows = 0;
  std::int64_t answered = 0;  // of them, those with an answer
  std::int64_t bytes = 0;
  std::vector<std::string> notes;     // columns asked for that came to be called otherwise
  std::vector<std::string> warnings;  // filters that failed, columns past 1,000, digits lost in jq
};

// Writes one line per input row through `sink`, in input order, from one snapshot: the input's own
// columns, then key, state, http_status, fetched_at, error, mended, then the added columns (DESIGN:
// names that are taken become dogged_state, answer_name). `readers` are of one snapshot
// (StoreReader::share); of several each works on a thread of its own, while `sink` and before_row
// are called by the caller's. The bytes are the same for any number. Memory stays flat. Throws
// Error(usage) on columns that do not compile or two of one name.
ExportReport export_rows(const std::vector<StoreReader*>& readers, const ExportOptions& options,
                         const std::function<void(std::string_view)>& sink);
ExportReport export_rows(StoreReader& reader, const ExportOptions& options,
                         const std::function<void(std::string_view)>& sink);

}  // namespace dogged
