// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command.h"
#include "table/exporter.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dogged {

// The flags that say what is exported, and where to.
struct ExportFlags {
  std::string output;  // "-": stdout
  std::optional<ExportFormat> format;
  std::vector<std::string> add;  // "NAME=EXPR", or "auto"
  std::vector<JobState> states;
  std::string batch;
  std::optional<WallTime> changed_since;
  bool excel = false;
  bool force = false;
};

// `-o` and the rest. `now`: what ages in --changed-since count from.
void add_export_options(CommandOptions& add, ExportFlags& flags);

// Throws Error(usage) on a "NAME=EXPR" that is none.
std::vector<ColumnSpec> parse_columns(const std::vector<std::string>& add);

// "2026-11-22", "2026-11-22T14:05:10Z" (without Z: local time), or an age: "2h".
std::optional<WallTime> parse_since(std::string_view text, WallTime now);

// Throws Error(usage), or whatever compiling the columns says, before anything is asked or written.
ExportOptions make_export_options(const ExportFlags& flags, const Source& source);

// Picks the batch by name; without one the last, and says so where there are several.
std::optional<BatchInfo> choose_batch(StoreReader& reader, const std::string& name);

// More readers for export_and_tell, of one snapshot with `reader`, which is a new one: so before
// the batch is chosen. None where the store is small or the machine has one processor.
std::vector<std::unique_ptr<StoreReader>> parallel_readers(StoreReader& reader);

// Writes the rows, whole or not at all, notes the file as ours, and says how many on stderr. A
// signal ends it with Stopped, a second SIGINT ends the process.
ExportReport export_and_tell(StoreReader& reader,
                             const std::vector<std::unique_ptr<StoreReader>>& others,
                             const ExportOptions& options, const std::string& output,
                             const CommandContext& context);

// "out.csv: 600 rows, 44.7 kB", and how many are answered, where not all are.
std::string export_line(const std::string& output, const ExportReport& report);
std::string export_json(const std::string& output, const ExportReport& report);

}  // namespace dogged
