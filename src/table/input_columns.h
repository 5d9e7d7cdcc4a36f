// SPDX-License-Identifier: MIT
// Which columns of a list make the ID. Pure; any thread.
#pragma once

#include "job/source.h"
#include "table/csv_reader.h"
#include "table/id_rule.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dogged {

// The index of `name` among `names`, or the only one that differs in case alone; else nothing.
std::optional<std::size_t> find_column(const std::vector<std::string>& names,
                                       std::string_view name);

// Whether the columns that `spec` names (--id, --key) are all in `header`.
bool asked_columns_are_in(const std::vector<std::string>& header, const IdSpec& spec);

// The share, 0 to 1, of `records` whose cell in `column` passes; a cell that is not there does not.
double share_that_passes(const std::vector<CsvRecord>& records, std::size_t column,
                         const IdRule& rule);

// The ID column: the one that `spec` names, else the only one, else one named "id", else, with an
// ID rule, the one where 90 % of `records` pass. `names` are unique and not none. Throws
// Error(usage) with the columns of `file` where there is none to be found.
std::size_t find_id_column(const std::vector<std::string>& names,
                           const std::vector<CsvRecord>& records, const IdSpec& spec,
                           const IdRule& rule, const std::string& file);

// "kind, id, title": for messages.
std::string listed(const std::vector<std::string>& names);

// "FILE has no column 'nmae'; did you mean 'name'? It has: id, name".
std::string no_such_column(const std::vector<std::string>& names, std::string_view name,
                           const std::string& file);

}  // namespace dogged
