// SPDX-License-Identifier: MIT
#pragma once

#include "store/import_session.h"
#include "store/sqlite/import_staging.h"

#include <memory>
#include <string>

namespace dogged::sqlite {

class WriteConnection;

// The ImportSession of a SQLite store: rows are staged in a file beside it (import_staging.h) and
// merged at commit (import_merge.h).
class SqliteImport final : public ImportSession {
 public:
  // Shared, so that a session may outlive the store object that began it.
  SqliteImport(std::shared_ptr<WriteConnection> connection, BatchSpec spec);
  ~SqliteImport() override;

  void add(const ImportRow& row) override;
  void reject(const RejectedRow& row) override;
  ImportSummary commit(const std::string& sha256) override;

 private:
  std::shared_ptr<WriteConnection> connection_;
  BatchSpec spec_;
  Staging staging_;
};

}  // namespace dogged::sqlite
