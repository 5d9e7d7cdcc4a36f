// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace dogged {

// One import of one file.
struct BatchSpec {
  std::string name;        // the file's name, or --batch
  std::string file;        // as the user gave it, for people
  std::string id_options;  // how keys are made, in one canonical text: part of "the same import"
  std::vector<std::string> header;       // as in the file; "column_1" ... where it has none
  std::string id_column;                 // column of the key; empty for a key template
  std::vector<std::string> url_columns;  // columns besides the key that the URL template uses
  std::string replace;                   // name of the batch that this one replaces, or empty
  std::optional<Millis> max_age;         // jobs answered longer ago are asked again
  WallTime now{};
};

struct ImportRow {
  std::int64_t row = 0;   // 1 for the first data row
  std::int64_t line = 0;  // where it begins in the file
  std::string key;
  std::string columns;     // JSON object of the row as given; empty where the row is just its key
  std::string mended;      // what was mended ("hyphen", "leading zero"), or empty
  std::string url_values;  // values of url_columns, as a JSON array; empty where there are none
};

struct RejectedRow {
  std::int64_t row = 0;
  std::int64_t line = 0;
  std::string columns;  // as above; empty where the row could not be read
  std::string text;     // the record as it stands in the file, made UTF-8
  std::string reason;
};

struct ImportSummary {
  // This file with these ID options is in already: nothing was changed but what max_age and replace
  // ask for.
  bool same_import = false;
  std::string batch_name;  // as stored: NAME, or NAME#2 where NAME holds other content
  std::int64_t rows = 0, added = 0, duplicates = 0, rejected = 0;  // rows = the other three
  std::int64_t duplicates_in_file = 0;  // of the duplicates: the key stood earlier in this file
  std::int64_t duplicates_done = 0;     // ... were answered before
  std::optional<WallTime> answered_first, answered_last;  // when those were
  std::int64_t asked_again = 0;   // answered longer ago than max_age: ready again
  std::int64_t removed_jobs = 0;  // by replace
  std::int64_t conflicting = 0;   // of the rejected: one key, different values for the URL
};

// Takes rows in, outside any lock; commit() merges them in one transaction. Destroyed without
// commit: nothing has happened. Memory stays flat. One thread.
class ImportSession {
 public:
  virtual ~ImportSession() = default;
  // Rows come in ascending order of `row`, each once, through either.
  virtual void add(const ImportRow& row) = 0;
  virtual void reject(const RejectedRow& row) = 0;
  // Rows whose url_values differ from those of the key's first row (in this file or the store) are
  // rejected with that reason. `sha256`: of the file's bytes. Throws Error(usage) where `replace`
  // names no batch.
  virtual ImportSummary commit(const std::string& sha256) = 0;
};

}  // namespace dogged
