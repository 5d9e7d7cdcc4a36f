// SPDX-License-Identifier: MIT
#pragma once

#include "store/sqlite/database.h"
#include "store/sqlite/file_locks.h"
#include "tests/fakes/temporary_directory.h"

#include <SQLiteCpp/Database.h>

#include <string>

namespace dogged {

// A store of a few known rows, written by SQL: batch ids.csv with the keys A (done), B (ready),
// a rejected row and C (failed).
class StoreFile {
 public:
  StoreFile() {
    sqlite::FileLocks locks(path());
    const auto held = locks.lock_writes();
    sqlite::Database database(path(), sqlite::Access::write, held);
    database.connection().exec(R"(
      INSERT INTO batches VALUES
        (1, 'ids.csv', '/data/ids.csv', 'sum', '["id"]', 'column=id', 'id', 1000, 4, 3, 0, 1);
      INSERT INTO inputs VALUES (1, 1, 1, NULL, NULL), (1, 2, 2, NULL, NULL),
        (1, 3, NULL, NULL, NULL), (1, 4, 3, '{"id":"c"}', 'case');
      INSERT INTO rejects VALUES (1, 3, 4, 'text', 'no ID');
      INSERT INTO jobs (id, key, state, settled_at_ms) VALUES
        (1, 'A', 'done', 2000), (2, 'B', 'ready', NULL), (3, 'C', 'failed', 3000);
      INSERT INTO answers VALUES (1, 200, 'application/json', NULL, NULL, 2000, 2000, 2000, '{}');
      INSERT INTO counters VALUES ('', 'ready', 1), ('', 'done', 1), ('', 'failed', 1);
    )");
  }

  std::string path() const { return file("store.db"); }
  std::string file(const std::string& name) const { return (directory_.path() / name).string(); }

  // As a shell would: behind the back of the program.
  void tamper(const std::string& sql) const {
    SQLite::Database(path(), SQLite::OPEN_READWRITE)
        .exec("PRAGMA ignore_check_constraints = ON;" + sql);
  }

 private:
  TemporaryDirectory directory_;
};

}  // namespace dogged
