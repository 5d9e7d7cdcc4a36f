// SPDX-License-Identifier: MIT
#pragma once

#include "store/import_session.h"
#include "store/sqlite/import_staging.h"
#include "store/sqlite/row_set.h"

#include <string>
#include <vector>

namespace dogged::sqlite {

class WriteConnection;

// What a survey found out about the staged rows.
struct SurveyResult {
  RowSet new_rows;                       // first rows of keys that the store does not hold
  ImportSummary summary;                 // what concerns duplicates and conflicts
  std::vector<std::int64_t> stale_jobs;  // answered longer ago than max_age
  std::string keys_version;
};

// Compares the staged rows with each other and with the store, in order of key so that both are
// read from front to back, and links every row that is no new job. Reads only, so it needs no write
// lock: keys_version() tells later whether its result still holds.
SurveyResult survey(WriteConnection& connection, Staging& staging, const BatchSpec& spec);

// Grows whenever the set of keys in the store changes: with imports and removals.
std::string keys_version(WriteConnection& connection);
void bump_keys_version(WriteConnection& connection);  // in a transaction

}  // namespace dogged::sqlite
