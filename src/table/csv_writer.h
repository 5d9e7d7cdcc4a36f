// SPDX-License-Identifier: MIT
#pragma once

#include "table/export_writer.h"

#include <memory>
#include <string>
#include <string_view>

namespace dogged {

// Appends `text` as a CSV cell (RFC 4180): in quotes, quotes doubled, where it holds the delimiter,
// a quote or a line end; as it is otherwise.
void append_csv_cell(std::string& out, std::string_view text, char delimiter);

// For ExportWriter::create.
std::unique_ptr<ExportWriter> make_csv_writer(const ExportOptions& options);

// What a spreadsheet must be given to show `cell` as it is. Excel reads a CSV cell as if it had
// been typed: it drops leading zeros, rounds to 15 digits, makes numbers of 12E3, dates of 1-12 and
// MAR1, times of 1:30 (excel_reading.h) and, with a decimal comma, dates of 1.10, and runs what
// begins with = + - or @. Such text becomes a formula
// of a string constant, ="00123", the only form that Excel takes as text from a CSV file without
// showing more than the text. String constants end at 255 characters and lines; text that does not
// fit gets an apostrophe before it. JSON numbers stay numbers while Excel can hold them, with a
// decimal comma where the delimiter is a semicolon: the two go together in Excel (Finnish, German,
// French ...). `scratch` holds the text where it is not the cell's.
std::string_view excel_text(const ExportCell& cell, char delimiter, std::string& scratch);

}  // namespace dogged
