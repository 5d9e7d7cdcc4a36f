// SPDX-License-Identifier: MIT
// Bytes to UTF-8, and CSV text to records: both take what comes in pieces.
#include "base/text.h"
#include "table/csv_reader.h"
#include "table/csv_writer.h"
#include "table/encoding.h"
#include "table/sniff.h"
#include "tests/fuzz/fuzz.h"

#include <array>
#include <vector>

namespace dogged::fuzz {
namespace {

constexpr std::array<Encoding, 5> kEncodings = {Encoding::utf8, Encoding::utf8_bom,
                                                Encoding::utf16_le, Encoding::utf16_be,
                                                Encoding::windows_1252};

std::string decoded(std::string_view bytes, Encoding encoding, std::uint64_t cut) {
  std::string whole;
  Utf8Decoder at_once(encoding);
  at_once.decode(bytes, whole);
  at_once.finish(whole);
  std::string text;
  Utf8Decoder bit_by_bit(encoding);
  in_pieces(bytes, cut, 30, [&](std::string_view piece) { bit_by_bit.decode(piece, text); });
  bit_by_bit.finish(text);
  require(text == whole, "bytes in pieces decode to the same text", text);
  require(at_once.replaced() == bit_by_bit.replaced(), "as many characters are replaced", text);
  require(is_utf8(text), "decoded text is UTF-8", text);
  return text;
}

std::vector<CsvRecord> read(std::string_view text, char delimiter, std::uint64_t cut) {
  CsvReader reader(delimiter);
  std::vector<CsvRecord> records;
  CsvRecord record;
  const auto drain = [&] {
    while (reader.next(record)) {
      records.push_back(record);
    }
  };
  if (cut == 0) {
    reader.feed(text);
  }
  in_pieces(cut == 0 ? "" : text, cut, 40, [&](std::string_view piece) {
    reader.feed(piece);
    drain();
  });
  reader.finish();
  drain();
  return records;
}

void require_same(const std::vector<CsvRecord>& a, const std::vector<CsvRecord>& b,
                  std::string_view text) {
  require(a.size() == b.size(), "text in pieces has as many records", text);
  for (std::size_t i = 0; i < a.size(); ++i) {
    require(a[i].line == b[i].line && a[i].cells == b[i].cells && a[i].text == b[i].text &&
                a[i].fault == b[i].fault,
            "text in pieces has the same records", text);
  }
}

// Nothing of the text is lost: the records, in order, with nothing but line ends between them.
void require_all_of_it(const std::vector<CsvRecord>& records, std::string_view text) {
  std::string_view rest = text;
  std::int64_t line = 0;
  for (const CsvRecord& record : records) {
    require(record.line > line, "records are on later and later lines", text);
    line = record.line;
    require(record.fault.empty() == !record.cells.empty(), "a record has cells or a fault", text);
    rest.remove_prefix(std::min(rest.find_first_not_of("\r\n"), rest.size()));
    require(rest.starts_with(record.text), "a record is the text that follows", text);
    rest.remove_prefix(record.text.size());
    require(rest.empty() || rest[0] == '\n' || rest[0] == '\r', "a record ends at a line end",
            text);
  }
  require(rest.find_first_not_of("\r\n") == rest.npos, "no text is left over", text);
}

void require_round_trip(const std::vector<CsvRecord>& records, char delimiter,
                        std::string_view text) {
  std::string written;
  std::vector<std::vector<std::string>> rows;
  for (const CsvRecord& record : records) {
    if (!record.fault.empty()) {
      continue;
    }
    rows.push_back(record.cells);
    rows.back().emplace_back("end");  // a lone empty cell would be a blank line
    for (const std::string& cell : rows.back()) {
      append_csv_cell(written, cell, delimiter);
      written += &cell == &rows.back().back() ? '\n' : delimiter;
    }
  }
  const std::vector<CsvRecord> again = read(written, delimiter, 0);
  require(again.size() == rows.size(), "what was written reads as as many records", text);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    require(again[i].fault.empty() && again[i].cells == rows[i], "what was written reads the same",
            text);
  }
}

}  // namespace

void one_input(std::string_view input) {
  Parts parts(input);
  const std::uint8_t how = parts.byte();
  const std::uint8_t cut = parts.byte();
  const char delimiter = kDelimiters[how % kDelimiters.size()];
  const Encoding encoding = kEncodings[how / kDelimiters.size() % kEncodings.size()];
  const std::string text = decoded(parts.rest(), encoding, cut);
  const std::vector<CsvRecord> records = read(text, delimiter, 0);
  require_same(records, read(text, delimiter, cut + 1U), text);
  require_all_of_it(records, text);
  require_round_trip(records, delimiter, text);
}

}  // namespace dogged::fuzz
