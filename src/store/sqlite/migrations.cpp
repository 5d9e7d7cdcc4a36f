// SPDX-License-Identifier: MIT
#include "store/sqlite/migrations.h"

#include "base/error.h"
#include "base/version.h"
#include "store/open_store.h"
#include "store/sqlite/database.h"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>

#include <iterator>
#include <optional>

namespace dogged::sqlite {
namespace {

struct Migration {
  const char* name;
  const char* sql;
};

constexpr Migration kMigrations[] = {
#include "schema/sqlite_migrations.inc"
};

// The version in the file; 0 for an empty one, which any number of migrations may follow.
int stored_version(SQLite::Database& connection, const std::string& path) {
  const int application = connection.execAndGet("PRAGMA application_id").getInt();
  if (application == kApplicationId) {
    SQLite::Statement query(connection, "SELECT value FROM settings WHERE key = 'schema_version'");
    return query.executeStep() ? query.getColumn(0).getInt() : 0;
  }
  if (application != 0 ||
      connection.execAndGet("SELECT count(*) FROM sqlite_schema").getInt() > 0) {
    throw Error(Fault::usage,
                fmt::format("{} is a database of another program, not a dogged store; "
                            "name another file with --db",
                            path));
  }
  return 0;
}

void refuse_newer(int version, const std::string& path) {
  if (version > newest_schema_version()) {
    throw Error(Fault::usage,
                fmt::format("{} has schema version {}, but dogged {} knows versions up to {} only; "
                            "use the newer dogged that wrote it",
                            path, version, kVersion, newest_schema_version()));
  }
}

}  // namespace

int newest_schema_version() {
  return static_cast<int>(std::size(kMigrations));
}

void refuse_unknown_file(SQLite::Database& connection, const std::string& path) {
  refuse_newer(stored_version(connection, path), path);
}

void migrate(SQLite::Database& connection, const std::string& path) {
  if (stored_version(connection, path) >= newest_schema_version()) {
    return;  // without a write transaction: opening costs no fsync
  }
  SQLite::Transaction transaction(connection, SQLite::TransactionBehavior::IMMEDIATE);
  const int version = stored_version(connection, path);  // as it is now that nobody else can write
  for (int next = version; next < newest_schema_version(); ++next) {
    connection.exec(kMigrations[next].sql);
  }
  connection.exec(fmt::format("PRAGMA application_id = {}", kApplicationId));
  SQLite::Statement put(connection,
                        "INSERT INTO settings (key, value) VALUES ('schema_version', ?1) "
                        "ON CONFLICT (key) DO UPDATE SET value = excluded.value");
  put.bind(1, std::to_string(newest_schema_version()));
  put.exec();
  transaction.commit();
}

void require_readable_schema(SQLite::Database& connection, const std::string& path) {
  const int version = stored_version(connection, path);
  refuse_newer(version, path);
  if (version == 0) {
    throw StaleStore(
        fmt::format("{} holds no store yet; `dogged import` or `dogged fetch` makes one", path));
  }
  if (version < newest_schema_version()) {
    throw StaleStore(
        fmt::format("{} has schema version {}, older than version {} of dogged {}; `dogged "
                    "run` brings it up to date",
                    path, version, newest_schema_version(), kVersion));
  }
}

}  // namespace dogged::sqlite
