// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command.h"
#include "cli/source_options.h"
#include "table/importer.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace dogged {

// The flags that say how a file is read.
struct ImportFlags {
  std::string file;
  std::optional<char> delimiter;
  std::optional<Encoding> encoding;
  bool no_header = false;
  std::string batch, replace, rejects_file;
  std::optional<Millis> max_age;
};

// How a file is to be read: what `try` needs too.
void add_input_options(CommandOptions& add, ImportFlags& flags);
// What becomes of its rows.
void add_import_options(CommandOptions& add, ImportFlags& flags);

InputOptions make_input_options(const ImportFlags& flags, const Source& source);
ImportOptions make_import_options(const ImportFlags& flags, const Source& source);

// "," ";" "|" "tab" or another character; nothing for anything else.
std::optional<char> parse_delimiter(std::string_view text);

// Makes sure that the file can be read as asked, before a store is made for it. Stdin is believed.
void check_input(const ImportOptions& options);

// Refuses a rejects file that is somebody else's, and has the import note the one it writes as
// ours. `common` must outlive the options.
void own_rejects(ImportOptions& options, bool force, const CommonOptions& common);

// Imports, and says on stderr what was understood, mended, rejected and already there. The line
// with the accounts is left to the caller.
ImportReport import_and_tell(const ImportOptions& options, JobStore& store,
                             const CommandContext& context);

// Asks whether the encoding is right, where characters were replaced.
void warn_of_replaced(std::size_t characters);

// Says that empty rows at the end of a file are no rows, where there were some.
void tell_left_out(std::int64_t empty_rows);

std::string import_json(const std::string& file, const ImportReport& report);

// setting "delimiter:BATCH": how the file was delimited, for `export --excel`.
std::string delimiter_setting(const std::string& batch);

}  // namespace dogged
