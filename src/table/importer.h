// SPDX-License-Identifier: MIT
#pragma once

#include "base/error.h"
#include "store/job_store.h"
#include "table/input_file.h"
#include "table/rejects_file.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace dogged {

struct ImportOptions {
  InputOptions input;
  std::string batch;  // empty: the file's name
  std::string replace;
  std::optional<Millis> max_age;
  std::vector<std::string> url_names;  // placeholders of the URL template, where it is known
  std::string rejects_file;            // --rejects; empty: none
  PlaceFile place_rejects;
};

inline constexpr std::size_t kRejectsShown = 5;

struct ImportReport {
  ImportSummary summary;
  std::map<std::string, std::int64_t> mended;  // kind -> how many
  std::vector<RejectedRow> first_rejects;      // kRejectsShown, of those found in the reading
  std::size_t replaced_characters = 0;
  std::int64_t empty_rows_at_end = 0;  // left out
};

// Too many rejects. Its text has several lines, each of them safe to show.
class ImportRefused : public Error {
 public:
  using Error::Error;
};

// The columns besides the key that `url_names`, the placeholders of the URL template, take values
// from. Throws Error(usage) where one is not there, or {id} could be meant in two ways. `file` is
// what messages call it.
std::vector<std::string> url_columns(const std::vector<std::string>& url_names,
                                     const InputShape& shape, const std::string& file);

// Reads a file into the store: all of it or nothing. `understood` is called once with the shape,
// before rows are read. Throws Error(usage) where the URL needs a column that is not there (or {id}
// is ambiguous: a column `id` exists that is neither the key nor part of it), or
// ImportRefused(usage) where over half of the rows were rejected; nothing is imported then. The
// rejects file is put in its place after the store took the rows (or they were refused), unless
// `conflicting` says that it would lack some: write_rejects writes it then.
ImportReport import_file(const ImportOptions& options, JobStore& store, WallTime now,
                         const std::function<void(const InputShape&)>& understood);

// "ids.csv: 2000 rows = 1990 new + 6 duplicate + 4 rejected", exactly.
std::string import_line(const std::string& file, const ImportSummary& summary);

}  // namespace dogged
