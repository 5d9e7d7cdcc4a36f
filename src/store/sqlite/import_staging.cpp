// SPDX-License-Identifier: MIT
#include "store/sqlite/import_staging.h"

#include "base/error.h"
#include "base/system_error.h"
#include "store/sqlite/file_locks.h"
#include "store/sqlite/write_connection.h"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace dogged::sqlite {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kInfix = "-import-";

// The cache is also what a sort takes before it writes a run to disk.
constexpr char kConfigure[] =
    "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;"
    "PRAGMA page_size = 16384; PRAGMA cache_size = -8192; PRAGMA secure_delete = OFF;"
    "PRAGMA mmap_size = 0;";

constexpr char kTables[] =
    "CREATE TABLE IF NOT EXISTS staged (row INTEGER PRIMARY KEY, line INTEGER, key TEXT,"
    " url_values TEXT, columns TEXT, mended TEXT, text TEXT, reason TEXT);"
    "CREATE TABLE IF NOT EXISTS found (row INTEGER, kind INTEGER, target INTEGER, repeat INTEGER);"
    "CREATE TABLE IF NOT EXISTS links (row INTEGER PRIMARY KEY, kind INTEGER, target INTEGER,"
    " repeat INTEGER);"
    "BEGIN";

void remove_quietly(const std::string& path) {
  std::error_code ignored;  // a file that stays is removed by the next import
  fs::remove(path, ignored);
}

// Files of imports that died: their lock is free.
void remove_leftovers(const FileLocks& locks, const std::string& store_path) {
  const fs::path store(store_path);
  const std::string prefix = store.filename().string() + std::string(kInfix);
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(store.parent_path(), error)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(prefix)) {
      const std::string id = name.substr(prefix.size());
      if (worker_byte(id) && !locks.worker_alive(id)) {
        remove_quietly(entry.path().string());
      }
    }
  }
}

std::string take_id(FileLocks& locks) {
  std::string id = random_id();
  if (!locks.hold_worker(id)) {
    throw Error(fmt::format("cannot begin an import: the id {} is taken; start again", id));
  }
  return id;
}

void make_file(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    const int error = errno;
    throw Error(Fault::store_unavailable,
                fmt::format("cannot make {} for the import: {}", path, reason_and_remedy(error)));
  }
  ::close(descriptor);
}

RowLink link_from(SQLite::Statement& links) {
  return {links.getColumn(0).getInt64(), static_cast<RowLink::Kind>(links.getColumn(1).getInt()),
          links.getColumn(2).getInt64(), links.getColumn(3).getInt() != 0};
}

std::string_view view(const SQLite::Column& column) {
  const char* const text = column.getText();
  return {text, static_cast<std::size_t>(column.getBytes())};
}

}  // namespace

Staging::Staging(FileLocks& locks, const std::string& store_path)
    : locks_(locks), id_(take_id(locks)), path_(store_path + std::string(kInfix) + id_) {
  try {
    remove_leftovers(locks_, store_path);
    make_file(path_);
    open();
  } catch (...) {
    remove_quietly(path_);
    locks_.release_worker(id_);
    throw;
  }
}

void Staging::begin_change() {
  if (broken_) {
    throw Error(Fault::store_unavailable,
                fmt::format("cannot go on with the import: {} could not be written; nothing was "
                            "imported; import again",
                            path_));
  }
  broken_ = true;
}

void Staging::open() {
  begin_change();
  database_ = std::make_unique<SQLite::Database>(path_, SQLite::OPEN_READWRITE);
  database_->exec(kConfigure);
  database_->exec(kTables);
  insert_ = std::make_unique<SQLite::Statement>(
      *database_, "INSERT INTO staged VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
  insert_link_ =
      std::make_unique<SQLite::Statement>(*database_, "INSERT INTO found VALUES (?1, ?2, ?3, ?4)");
  end_change();
}

void Staging::close() {
  begin_change();
  insert_.reset();
  insert_link_.reset();
  database_->exec("COMMIT");
  database_.reset();
  end_change();
}

void Staging::reopen() {
  if (!database_) {
    open();
  }
}

Staging::~Staging() {
  remove_quietly(path_);
  locks_.release_worker(id_);
}

void Staging::add(const ImportRow& row) {
  begin_change();
  ++rows_;
  insert_->bind(1, row.row);
  insert_->bind(2, row.line);
  insert_->bindNoCopy(3, row.key);
  bind_text_or_null(*insert_, 4, row.url_values);
  bind_text_or_null(*insert_, 5, row.columns);
  bind_text_or_null(*insert_, 6, row.mended);
  insert_->bind(7);
  insert_->bind(8);
  (void)insert_->exec();
  insert_->reset();
  end_change();
}

void Staging::reject(const RejectedRow& row) {
  begin_change();
  ++rows_;
  ++rejected_;
  insert_->bind(1, row.row);
  insert_->bind(2, row.line);
  insert_->bind(3);
  insert_->bind(4);
  bind_text_or_null(*insert_, 5, row.columns);
  insert_->bind(6);
  insert_->bindNoCopy(7, row.text);
  insert_->bindNoCopy(8, row.reason);
  (void)insert_->exec();
  insert_->reset();
  end_change();
}

void Staging::each_by_key(const std::function<void(const KeyedRow&)>& visit) {
  SQLite::Statement query(*database_,
                          "SELECT key, row, url_values FROM staged WHERE key IS NOT NULL "
                          "ORDER BY key, row");
  while (query.executeStep()) {
    visit({view(query.getColumn(0)), view(query.getColumn(2)), query.getColumn(1).getInt64()});
  }
}

void Staging::forget_links() {
  begin_change();
  database_->exec("DELETE FROM links; DELETE FROM found");  // found: of a survey that broke off
  end_change();
}

void Staging::link(const RowLink& link) {
  begin_change();
  insert_link_->bind(1, link.row);
  insert_link_->bind(2, static_cast<int>(link.kind));
  insert_link_->bind(3, link.target);
  insert_link_->bind(4, link.repeat ? 1 : 0);
  (void)insert_link_->exec();
  insert_link_->reset();
  end_change();
}

void Staging::sort_links() {
  begin_change();
  database_->exec("INSERT INTO links SELECT * FROM found ORDER BY row; DELETE FROM found");
  end_change();
}

void Staging::each_link(const std::function<void(const RowLink&)>& visit) {
  SQLite::Statement links(*database_, "SELECT row, kind, target, repeat FROM links ORDER BY row");
  while (links.executeStep()) {
    visit(link_from(links));
  }
}

}  // namespace dogged::sqlite
