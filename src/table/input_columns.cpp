// SPDX-License-Identifier: MIT
#include "table/input_columns.h"

#include "base/error.h"
#include "base/text.h"
#include "job/url_template.h"
#include "table/input_file.h"
#include "table/sniff.h"

#include <algorithm>

namespace dogged {
namespace {

constexpr double kMostPass = 0.9;

std::size_t column_that_passes(const std::vector<std::string>& names,
                               const std::vector<CsvRecord>& records, const IdRule& rule,
                               const std::string& file) {
  std::vector<std::size_t> passing;
  std::vector<std::string> passing_names;
  for (std::size_t column = 0; column < names.size(); ++column) {
    if (share_that_passes(records, column, rule) >= kMostPass) {
      passing.push_back(column);
      passing_names.push_back(names[column]);
    }
  }
  if (passing.size() == 1) {
    return passing.front();
  }
  if (passing.size() > 1) {
    throw Error(Fault::usage, "several columns of " + file + " hold IDs by the ID rule: " +
                                  listed(passing_names) + "; say which with --id COLUMN");
  }
  throw Error(Fault::usage, "no column of " + file +
                                " holds IDs by the ID rule (90 % must pass); it has: " +
                                listed(names) + "; say which with --id COLUMN");
}

}  // namespace

std::optional<std::size_t> find_column(const std::vector<std::string>& names,
                                       std::string_view name) {
  if (const auto exact = std::find(names.begin(), names.end(), name); exact != names.end()) {
    return static_cast<std::size_t>(exact - names.begin());
  }
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (equals_ignoring_case(names[i], name)) {
      if (found) {
        return std::nullopt;
      }
      found = i;
    }
  }
  return found;
}

bool asked_columns_are_in(const std::vector<std::string>& header, const IdSpec& spec) {
  const std::vector<std::string> names = unique_names(header);
  if (!spec.column.empty()) {
    return find_column(names, spec.column).has_value();
  }
  const auto key = TextTemplate::parse(spec.key);
  return key.ok() &&
         std::all_of(key.value().names().begin(), key.value().names().end(),
                     [&](const std::string& name) {
                       return std::find(names.begin(), names.end(), name) != names.end();
                     });
}

double share_that_passes(const std::vector<CsvRecord>& records, std::size_t column,
                         const IdRule& rule) {
  if (records.empty()) {
    return 0;
  }
  const auto passing = std::count_if(records.begin(), records.end(), [&](const CsvRecord& r) {
    return column < r.cells.size() && rule.check(r.cells[column]).fault.empty();
  });
  return static_cast<double>(passing) / static_cast<double>(records.size());
}

std::size_t find_id_column(const std::vector<std::string>& names,
                           const std::vector<CsvRecord>& records, const IdSpec& spec,
                           const IdRule& rule, const std::string& file) {
  if (!spec.column.empty()) {
    if (const auto found = find_column(names, spec.column)) {
      return *found;
    }
    throw Error(Fault::usage, no_such_column(names, spec.column, file));
  }
  if (names.size() == 1) {
    return 0;
  }
  if (const auto id = find_column(names, "id")) {
    return *id;
  }
  if (has_id_rule(spec)) {
    // A list that is empty today has no cells to judge by, and no ID to get wrong.
    return records.empty() ? 0 : column_that_passes(names, records, rule, file);
  }
  throw Error(Fault::usage, "which column of " + file + " holds the IDs? It has: " + listed(names) +
                                "; say --id COLUMN, or --key '{" + printable(names[0]) + "}/{" +
                                printable(names[1]) + "}' for an ID of several columns");
}

std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 50;
  std::string list;
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i) {
    list += i == 0 ? "" : ", ";
    list += printable(names[i], 60);
  }
  return names.size() <= kShown ? list
                                : list + " and " + std::to_string(names.size() - kShown) + " more";
}

std::string no_such_column(const std::vector<std::string>& names, std::string_view name,
                           const std::string& file) {
  const std::string near = nearest(name, names);
  return file + " has no column '" + printable(name) + "'" +
         (near.empty() ? "; it has: " : "; did you mean '" + printable(near) + "'? It has: ") +
         listed(names);
}

}  // namespace dogged
