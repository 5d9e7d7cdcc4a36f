// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dogged {

// Where the values of a template's placeholders come from, for one job.
struct JobValues {
  std::string_view key;
  std::string_view columns;    // JSON object of the input row, or empty
  std::string_view id_column;  // the column that the key came from, or empty
};

// "key" and the ID column's name are the key (the mended one, not the raw cell); "id" is the column
// of that name where there is one, else the key; other names are columns, without the white space
// around them (a key made of columns drops it too), null as empty. Nothing where no such column.
std::optional<std::string> job_value(const JobValues& values, std::string_view name);

}  // namespace dogged
