// SPDX-License-Identifier: MIT
#include "store/sqlite/sqlite_import.h"

#include "store/sqlite/import_merge.h"
#include "store/sqlite/write_connection.h"

#include <utility>

namespace dogged::sqlite {

SqliteImport::SqliteImport(std::shared_ptr<WriteConnection> connection, BatchSpec spec)
    : connection_(std::move(connection)),
      spec_(std::move(spec)),
      staging_(connection_->locks(), connection_->path()) {}

SqliteImport::~SqliteImport() = default;

void SqliteImport::add(const ImportRow& row) {
  translated(connection_->path(), [&] { staging_.add(row); });
}

void SqliteImport::reject(const RejectedRow& row) {
  translated(connection_->path(), [&] { staging_.reject(row); });
}

ImportSummary SqliteImport::commit(const std::string& sha256) {
  return translated(connection_->path(),
                    [&] { return merge_import(*connection_, staging_, spec_, sha256); });
}

}  // namespace dogged::sqlite
