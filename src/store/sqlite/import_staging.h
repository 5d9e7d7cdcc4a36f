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
  enum class Kind { job, earlier_row, conflict };
  std::int64_t row = 0;
  Kind kind = Kind::job;
  std::int64_t target = 0;  // the job's id; the row where the key stood first; nothing
  bool repeat = false;      // the key stood earlier in this file
};

// What a row was staged as: an ImportRow where `reason` is empty, else a RejectedRow.
struct StagedRow {
  std::int64_t row = 0, line = 0;
  std::string key, columns, mended, text, reason;
};

// The rows of one import on their way into the store: a SQLite file beside it, STORE-import-ID,
// with mode 0600, without syncs or a journal. Gone with this object; the file of an import that was
// killed is removed by the next one. Memory stays flat: SQLite sorts on disk. One thread at a time.
// SQLiteCpp's exceptions come through.
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

  void forget_links();
  void link(const RowLink& link);
  // In order of row.
  void each_link(const std::function<void(const RowLink&)>& visit);

  // Sorts the links, so that the first next() of each_row() does not.
  void prepare_rows();
  // All rows in order, each with its link where it has one. After prepare_rows(), once.
  void each_row(const std::function<void(const StagedRow&, const RowLink*)>& visit);

 private:
  std::unique_ptr<SQLite::Statement> sorted_links();

  FileLocks& locks_;
  const std::string id_;
  const std::string path_;
  std::unique_ptr<SQLite::Database> database_;
  std::unique_ptr<SQLite::Statement> insert_;
  std::unique_ptr<SQLite::Statement> insert_link_;
  std::unique_ptr<SQLite::Statement> links_;  // at the first link, after prepare_rows()
  bool has_link_ = false;
};

}  // namespace dogged::sqlite
