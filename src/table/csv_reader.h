// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dogged {

// One record of a CSV file, or what is wrong with it.
struct CsvRecord {
  std::int64_t line = 0;           // where it begins, from 1
  std::vector<std::string> cells;
  std::string text;                // as it stands in the file, without its line end; cut at 1 MB
  std::string fault;               // empty, or why it cannot be read
};

// Reads RFC 4180 CSV as a state machine over text that comes in pieces: quotes, doubled quotes,
// delimiters and line ends (LF, CRLF, CR) inside quotes; white space is kept. Broken quotes (text
// behind a closing quote, a quote never closed) or a record over kMaxRecordBytes are a fault of that
// record, and reading goes on at the line behind the one where the record began. Blank lines are no
// records. libcsv was looked at and not taken: it trims unquoted spaces, knows no line numbers and,
// after a malformed quote, swallows what follows. One thread.
class CsvReader {
 public:
  static constexpr std::size_t kMaxRecordBytes = 1 << 20;
  explicit CsvReader(char delimiter);

  // Hands `text` in; then next() until it is false. The text is copied as needed.
  void feed(std::string_view text);
  void finish();  // no more text
  // The next whole record; false: feed more, or, after finish, the end.
  bool next(CsvRecord& record);

  // The implementing file may choose the private members.
};

}  // namespace dogged
