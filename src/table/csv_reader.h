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
  std::int64_t line = 0;  // where it begins, from 1
  std::vector<std::string> cells;
  std::string text;   // as it stands in the file, without its line end; cut at 1 MB
  std::string fault;  // empty, or why it cannot be read
};

// Reads RFC 4180 CSV as a state machine over text that comes in pieces: quotes, doubled quotes,
// delimiters and line ends (LF, CRLF, CR) inside quotes; white space is kept. Broken quotes (text
// behind a closing quote, a quote never closed) or a record over kMaxRecordBytes are a fault of
// that record, and reading goes on at the line behind the one where the record began; the text of
// such a record is that line. Blank lines are no records. libcsv was looked at and not taken: it
// trims unquoted spaces, knows no line numbers and, after a malformed quote, swallows what follows.
// Holds at most one record and what was last fed. One thread.
class CsvReader {
 public:
  static constexpr std::size_t kMaxRecordBytes = 1 << 20;
  explicit CsvReader(char delimiter);

  // Hands `text` in; then next() until it is false. The text is copied as needed.
  void feed(std::string_view text);
  void finish();  // no more text
  // The next whole record; false: feed more, or, after finish, the end. The record's strings are
  // used again, so that reading a million records does not allocate a million times.
  bool next(CsvRecord& record);

 private:
  enum class Scan { whole, need_more, broken };

  // These go on from `at` to the delimiter, line end or end of text behind what they read.
  Scan scan(CsvRecord& record, std::size_t& at);
  Scan scan_cell(std::string& cell, std::size_t& at);
  Scan scan_quoted(std::string& cell, std::size_t& at);
  bool take(CsvRecord& record, std::size_t end);
  bool take_broken_line(CsvRecord& record);
  bool skip_line_ends();
  bool skip_rest_of_line();
  // Behind the line end that begins at `at`, or `at` where the next piece must first tell whether
  // an LF follows its CR.
  std::size_t behind_line_end(std::size_t at) const;

  bool joins_broken_record(std::size_t from, std::size_t to);

  const char delimiter_;
  std::string buffer_;
  std::uint64_t consumed_ = 0;   // bytes of the text before buffer_
  std::size_t begin_ = 0;        // of the next record in buffer_
  std::int64_t line_ = 1;        // where that record begins
  const char* fault_ = nullptr;  // what scan() found broken
  // Where quoted cells of the record being scanned hold line ends, as offsets in the text, and the
  // same of the last record that proved broken. Each line of a broken record is tried as a record
  // of its own; one that meets the broken one inside a quote would only end as it did. Without this
  // a file of 700 KB in which every line opens a quote took 50 s.
  std::vector<std::uint64_t> quoted_line_ends_;
  std::vector<std::uint64_t> broken_line_ends_;
  bool finished_ = false;
  bool skipping_line_ = false;  // the rest of a line too long to hold
};

}  // namespace dogged
