// SPDX-License-Identifier: MIT
// Guesses about a list of IDs from its beginning. What the user says goes before all of them, and
// what was guessed is printed. Pure; any thread.
#pragma once

#include "job/source.h"
#include "table/csv_reader.h"
#include "table/id_rule.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace dogged {

inline constexpr std::array<char, 4> kDelimiters = {',', ';', '\t', '|'};

// A record of nothing but empty cells or bare delimiters, of whatever kind: a blank line, or one of
// the `;;;` lines that Excel leaves. It is not to be guessed by.
bool is_blank(const CsvRecord& record);

// The first records of `text` that are not blank. `whole`: the text ends there; else a record that
// is cut off is left out.
std::vector<CsvRecord> first_records(std::string_view text, bool whole, char delimiter,
                                     std::size_t limit);

// The delimiter that a first line "sep=;" names, as Excel reads and writes it; such a line is
// neither header nor row. `text`: a file or its first line.
std::optional<char> named_delimiter(std::string_view text);

// The delimiter that divides most lines into as many cells as the first; ',' where none does.
// Commas of decimals ("2,5") and of prose do not win over another candidate.
char sniff_delimiter(std::string_view text, bool whole);

// Another usual delimiter in a record of one cell that is not quoted: what a wrong delimiter looks
// like.
std::optional<char> foreign_delimiter(const CsvRecord& record, char delimiter);

// Whether the first of `records` names the columns: it does where it has the name that `spec` asks
// for, or "id". With an ID rule it does not where, in the only column or in one where most cells
// pass, its cell passes too or cannot be a name, as a damaged ID: a name has two letters in a row,
// is no placeholder ("N/A", "null", "#REF!"), and has digits only behind a usual name of IDs
// ("id2"); an empty cell may be one. In doubt it is data: a reject is seen, a lost row is not.
// Without a rule it does, unless it is one of many IDs, one a line, that look alike.
bool sniff_header(const std::vector<CsvRecord>& records, const IdSpec& spec, const IdRule& rule);

enum class JsonLook { none, lines, other };  // other: JSON, but not an object a line
JsonLook sniff_json(std::string_view text, bool whole);

inline bool has_id_rule(const IdSpec& spec) {
  return !spec.rule.empty() || !spec.pattern.empty();
}

}  // namespace dogged
