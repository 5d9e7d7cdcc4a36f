// SPDX-License-Identifier: MIT
#include "table/sniff.h"

#include "base/json_document.h"
#include "base/text.h"
#include "table/input_columns.h"

#include <algorithm>
#include <string>

namespace dogged {
namespace {

constexpr std::size_t kSampleRecords = 500;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}

// How well a delimiter divides a text.
struct Fit {
  char delimiter = ',';
  std::size_t columns = 0;  // of the first record
  double share = 0;         // 1: every record has as many cells
};

// A delimiter that cuts quoted cells in two leaves half their quotes.
bool has_half_a_pair_of_quotes(const CsvRecord& record) {
  return std::any_of(record.cells.begin(), record.cells.end(), [](const std::string& cell) {
    return std::count(cell.begin(), cell.end(), '"') % 2 == 1;
  });
}

// 1 where a record has as many cells as there are columns, 0 where it is not divided at all.
double fit_of(const CsvRecord& record, std::size_t columns) {
  const std::size_t cells = record.cells.size();
  const double fit = cells < 2 ? 0 : cells == columns ? 1 : cells < columns ? 0.7 : 0.4;
  return has_half_a_pair_of_quotes(record) ? fit / 2 : fit;
}

Fit fit_of(std::string_view text, bool whole, char delimiter) {
  const std::vector<CsvRecord> records = first_records(text, whole, delimiter, kSampleRecords);
  if (records.empty()) {
    return {delimiter, 0, 0};
  }
  const std::size_t columns = records.front().cells.size();
  if (columns < 2 || records.size() == 1) {
    return {delimiter, columns, fit_of(records.front(), columns)};
  }
  double sum = 0;
  for (std::size_t i = 1; i < records.size(); ++i) {
    sum += fit_of(records[i], columns);
  }
  return {delimiter, columns, sum / static_cast<double>(records.size() - 1)};
}

// Whether the commas of `text` are those of decimals, or of prose ("Smith, John").
bool commas_are_no_delimiters(std::string_view text) {
  std::size_t commas = 0;
  std::size_t decimal = 0;
  std::size_t prose = 0;
  for (std::size_t i = text.find(','); i != text.npos; i = text.find(',', i + 1)) {
    ++commas;
    const bool has_next = i + 1 < text.size();
    decimal += i > 0 && has_next && is_digit(text[i - 1]) && is_digit(text[i + 1]) ? 1 : 0;
    prose += has_next && text[i + 1] == ' ' ? 1 : 0;
  }
  return decimal == commas || prose * 10 >= commas * 9;
}

// "A-12" and "BC-3456" look alike: runs of digits as 9, of letters as a, all else as it is.
std::string look_of(std::string_view text) {
  std::string look;
  for (const char c : trimmed(text)) {
    const char kind = is_digit(c) ? '9' : is_letter(c) ? 'a' : c;
    if (look.empty() || look.back() != kind || (kind != '9' && kind != 'a')) {
      look += kind;
    }
  }
  return look;
}

bool sounds_like_a_header(std::string_view cell) {
  static constexpr std::array<std::string_view, 14> kNames = {
      "id",     "ids",    "key",     "keys",     "name", "code",       "codes",
      "number", "tunnus", "ytunnus", "y-tunnus", "url",  "identifier", "business_id"};
  const std::string name = lower_case(trimmed(cell));
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end() || name.ends_with("_id") ||
         name.ends_with(" id") || name.ends_with("-id") || name.ends_with("tunnus");
}

// Whether a column of checked IDs may be called so; sniff.h says when.
bool may_name_ids(std::string_view cell) {
  static constexpr std::array<std::string_view, 7> kMissing = {"na",   "nan",    "nil",   "none",
                                                               "null", "\u2013", "\u2014"};
  std::string_view name = trimmed(cell);
  if (name.empty()) {
    return true;
  }
  if (std::any_of(name.begin(), name.end(), is_digit)) {
    name = name.substr(0, name.find_last_not_of("0123456789_- ") + 1);
    return std::none_of(name.begin(), name.end(), is_digit) && sounds_like_a_header(name);
  }
  const bool has_word = std::adjacent_find(name.begin(), name.end(), [](char a, char b) {
                          return is_letter(a) && is_letter(b);
                        }) != name.end();
  return has_word && !name.starts_with('#') &&
         std::find(kMissing.begin(), kMissing.end(), lower_case(name)) == kMissing.end();
}

// Whether the only column's first line is an ID like those below it.
bool first_line_is_an_id(const std::vector<CsvRecord>& records) {
  const std::string_view first = records.front().cells.front();
  if (sounds_like_a_header(first)) {
    return false;
  }
  const bool has_digit = std::any_of(first.begin(), first.end(), is_digit);
  const bool has_letter = std::any_of(first.begin(), first.end(), is_letter);
  if (records.size() == 1 || (has_digit && !has_letter)) {
    return has_digit;
  }
  const std::string look = look_of(first);
  const auto alike = std::count_if(records.begin() + 1, records.end(), [&](const CsvRecord& r) {
    return !r.cells.empty() && look_of(r.cells.front()) == look;
  });
  return static_cast<std::size_t>(alike) * 2 >= records.size() - 1;
}

bool is_json_object(std::string_view line) {
  return trimmed(line).starts_with('{') && json_fault(line).empty();
}

}  // namespace

bool is_blank(const CsvRecord& record) {
  if (!record.fault.empty()) {
    return false;
  }
  const bool all_empty = std::all_of(record.cells.begin(), record.cells.end(),
                                     [](const std::string& cell) { return trimmed(cell).empty(); });
  return all_empty || record.text.find_first_not_of(" ,;\t|") == std::string::npos;
}

std::vector<CsvRecord> first_records(std::string_view text, bool whole, char delimiter,
                                     std::size_t limit) {
  CsvReader reader(delimiter);
  reader.feed(text);
  if (whole) {
    reader.finish();
  }
  std::vector<CsvRecord> records;
  CsvRecord record;
  while (records.size() < limit && reader.next(record)) {
    if (!is_blank(record)) {
      records.push_back(record);
    }
  }
  return records;
}

std::optional<char> named_delimiter(std::string_view text) {
  constexpr std::string_view kName = "sep=";
  const std::string_view line = text.substr(0, text.find_first_of("\r\n"));
  if (line.size() != kName.size() + 1 ||
      !equals_ignoring_case(line.substr(0, kName.size()), kName)) {
    return std::nullopt;
  }
  constexpr std::string_view kMarks = "\t!#$%&'*+,-./:;<=>?@\\^_`|~";
  const char mark = line.back();
  return kMarks.find(mark) != std::string_view::npos ? std::optional(mark) : std::nullopt;
}

char sniff_delimiter(std::string_view text, bool whole) {
  constexpr double kEnough = 0.3;  // else the first line's delimiter is a chance
  constexpr double kAsGood = 0.1;
  std::vector<Fit> fits;
  for (const char delimiter : kDelimiters) {
    const Fit fit = fit_of(text, whole, delimiter);
    if (fit.columns >= 2 && fit.share >= kEnough) {
      fits.push_back(fit);
    }
  }
  if (fits.empty()) {
    return ',';
  }
  const double best = std::max_element(fits.begin(), fits.end(), [](const Fit& a, const Fit& b) {
                        return a.share < b.share;
                      })->share;
  std::erase_if(fits, [&](const Fit& f) { return f.share < best - kAsGood; });
  if (fits.size() > 1 && fits.front().delimiter == ',' && commas_are_no_delimiters(text)) {
    fits.erase(fits.begin());
  }
  return std::max_element(fits.begin(), fits.end(),
                          [](const Fit& a, const Fit& b) { return a.columns < b.columns; })
      ->delimiter;
}

std::optional<char> foreign_delimiter(const CsvRecord& record, char delimiter) {
  if (record.cells.size() != 1 || record.text.starts_with('"')) {
    return std::nullopt;
  }
  for (const char other : kDelimiters) {
    if (other != delimiter && trimmed(record.text).find(other) != std::string_view::npos) {
      return other;
    }
  }
  return std::nullopt;
}

bool sniff_header(const std::vector<CsvRecord>& records, const IdSpec& spec, const IdRule& rule) {
  if (records.empty()) {
    return false;
  }
  if (!records.front().fault.empty()) {
    return true;
  }
  const std::vector<std::string>& first = records.front().cells;
  if (!spec.column.empty() || !spec.key.empty()) {
    if (asked_columns_are_in(first, spec)) {
      return true;
    }
    if (asked_columns_are_in(std::vector<std::string>(first.size()), spec)) {
      return false;  // "column_2"
    }
  }
  if (std::any_of(first.begin(), first.end(), [](const std::string& cell) {
        return equals_ignoring_case(trimmed(cell), "id");
      })) {
    return true;
  }
  if (!has_id_rule(spec)) {
    return first.size() > 1 || !first_line_is_an_id(records);
  }
  const std::vector<CsvRecord> others(records.begin() + 1, records.end());
  for (std::size_t column = 0; column < first.size(); ++column) {
    const bool passes = rule.check(first[column]).fault.empty();
    const bool may_be_name = may_name_ids(first[column]);
    if (!passes && may_be_name) {
      continue;
    }
    // A damaged ID is data too: it is to be a reject, not to vanish as a name.
    const bool is_lone = first.size() == 1 && !may_be_name;
    const bool holds_ids = others.empty() ? passes : share_that_passes(others, column, rule) >= 0.5;
    if (is_lone || holds_ids) {
      return false;
    }
  }
  return true;
}

JsonLook sniff_json(std::string_view text, bool whole) {
  constexpr int kLines = 5;
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == text.npos || (text[begin] != '{' && text[begin] != '[')) {
    return JsonLook::none;
  }
  const std::size_t inside = std::min(text.find_first_not_of(" \t\r\n", begin + 1), text.size());
  const bool opens_json = inside == text.size() ||
                          std::string_view("\"{}[]").find(text[inside]) != std::string_view::npos;
  if (!opens_json) {
    return JsonLook::none;  // "{550e8400-e29b-41d4-a716-446655440000}"
  }
  std::string_view rest = text.substr(begin);
  if (rest.front() == '[') {
    return JsonLook::other;
  }
  if (!whole && rest.find('\n') == rest.npos) {
    return JsonLook::lines;
  }
  for (int i = 0; i < kLines && !rest.empty(); ++i) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    if (is_json_object(rest.substr(0, end))) {
      return JsonLook::lines;
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return JsonLook::other;
}

}  // namespace dogged
