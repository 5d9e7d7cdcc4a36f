// SPDX-License-Identifier: MIT
#pragma once

#include "store/import_session.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace SQLite {
class Database;
class Statement;
}  // namespace SQLite

namespace dogged::sqlite {

class FileLocks;

// A row whose key is not new.
struct RowLink {
  enum class Kind { job = 0, earlier_row = 1, conflict = 2 };  // the numbers stand in SQL
  std::int64_t row = 0;
  Kind kind = Kind::job;
  std::int64_t target = 0;  // the job's id; the row where the key stood first; nothing
  bool repeat = false;      // the key stood earlier in this file
};

// The rows of one import on their way into the store: a SQLite file beside it, STORE-import-ID,
// with mode 0600, without syncs or a journal. Gone with this object; the file of an import that was
// killed is removed by the next one. Memory stays flat: SQLite sorts on disk. One thread at a time.
// SQLiteCpp's exceptions come through. After one that came of a change nothing takes back what was
// written of it: every use from then on is Error(store_unavailable).
class Staging {
 public:
  // `locks` must outlive it.
  Staging(FileLocks& locks, const std::string& store_path);
  ~Staging();
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  void add(const ImportRow& row);
  void reject(const RejectedRow& row);

  // The rows that have a key, in order of key and row. The views live until `visit` returns.
  struct KeyedRow {
    std::string_view key;
    std::string_view url_values;
    std::int64_t row = 0;
  };
  void each_by_key(const std::function<void(const KeyedRow&)>& visit);

  // Between forget_links() and sort_links(), in any order.
  void forget_links();
  void link(const RowLink& link);
  void sort_links();
  void each_link(const std::function<void(const RowLink&)>& visit);  // in order of row

  std::int64_t rows() const { return rows_; }
  std::int64_t rejected() const { return rejected_; }  // through reject()

  // Lets go of the file, so that the store's connection can attach it; takes it up again.
  void close();
  void reopen();
  const std::string& path() const { return path_; }

 private:
  void open();
  void begin_change();
  void end_change() { broken_ = false; }

  FileLocks& locks_;
  const std::string id_;
  const std::string path_;
  std::int64_t rows_ = 0;
  std::int64_t rejected_ = 0;
  bool broken_ = false;                         // a change began and has not ended
  std::unique_ptr<SQLite::Database> database_;  // none while closed
  std::unique_ptr<SQLite::Statement> insert_;
  std::unique_ptr<SQLite::Statement> insert_link_;
};

}  // namespace dogged::sqlite
