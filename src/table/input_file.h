// SPDX-License-Identifier: MIT
#pragma once

#include "job/source.h"
#include "table/encoding.h"
#include "table/id_rule.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dogged {

enum class InputKind {
  csv,
  json_lines,
  plain_lines
};  // plain: one ID a line, no header, one column

// What the user said of a file; what is absent is sniffed.
struct InputOptions {
  std::string file;  // "-": stdin
  std::optional<char> delimiter;
  std::optional<Encoding> encoding;
  std::optional<bool> has_header;
  IdSpec id;
};

// What was understood of a file, before anything else is done with it.
struct InputShape {
  InputKind kind = InputKind::csv;
  char delimiter = ',';
  Encoding encoding = Encoding::utf8;
  bool has_header = false;
  std::vector<std::string> header;  // names as given, without the white space around them;
                                    // "column_1" ... where there is no header; none: an empty file
  std::string id_column;            // empty for a key template
  int id_index = -1;                // -1 for a key template
  std::string key_template;         // '{kind}/{id}', or empty
  std::string describe() const;     // "CSV with ',', UTF-8, header, ID column 'id'"
};

// Why a row of nothing but empty cells is a reject: it stands among others, as a line of the
// export.
inline constexpr std::string_view kEmptyRow = "no ID: the row is empty";

// One data row as read, with its key or what is wrong with it.
struct InputRow {
  std::int64_t row = 0, line = 0;
  std::vector<std::string> cells;  // as many as the header has names; none: it could not be read
  std::string key, mended;
  std::string fault;  // not empty: a reject
  std::string text;   // the record as it stands in the file (UTF-8), for a reject
};

// A list of IDs: CSV and its kin, JSON lines, or one ID a line, read as a stream. Throws
// Error(usage) with what to do: no such file, an .xlsx or another binary, no ID column to be found
// (lists the columns), a lone column that holds another delimiter, a header line that passes the ID
// rule. One thread.
class InputFile {
 public:
  static std::unique_ptr<InputFile> open(const InputOptions& options);
  virtual ~InputFile() = default;

  virtual const InputShape& shape() const = 0;
  virtual bool next(InputRow& row) = 0;  // false at the end
  virtual std::string sha256() = 0;      // of all bytes, once next() was false
  virtual std::size_t replaced_characters() const = 0;
  // Rows of nothing but delimiters behind the last one, as Excel leaves them; they were left out.
  virtual std::int64_t empty_rows_at_end() const { return 0; }

  // The row's cells as a JSON object, names made unique ("name", "name_2"); empty where the row is
  // just its key (a lone column whose cell is the key).
  virtual std::string columns_json(const InputRow& row) const = 0;
};

// `header` with repeated names told apart ("name", "name_2") and empty ones named ("column_3").
std::vector<std::string> unique_names(const std::vector<std::string>& header);

}  // namespace dogged
