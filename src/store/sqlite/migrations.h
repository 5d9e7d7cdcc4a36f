// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace SQLite {
class Database;
}

namespace dogged::sqlite {

// Throws Error(usage) for a file of another program and for a newer schema; writes nothing.
void refuse_unknown_file(SQLite::Database& connection, const std::string& path);

// Brings the schema of a store, or of an empty file, to newest_schema_version(): each migration
// that is missing, in one transaction. Under the write lock, behind refuse_unknown_file(). Throws
// SQLiteCpp's exceptions.
void migrate(SQLite::Database& connection, const std::string& path);

// Throws Error(usage) where this program cannot read the file: no store, a file of another program,
// a schema newer or older than newest_schema_version().
void require_readable_schema(SQLite::Database& connection, const std::string& path);

}  // namespace dogged::sqlite
