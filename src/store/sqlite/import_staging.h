// SPDX-License-Identifier: MIT
#pragma once

#include "store/import_session.h"
#include "store/sqlite/external_sort.h"
#include "store/sqlite/spill.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace dogged::sqlite {

class FileLocks;

// A row whose key is not new.
struct RowLink {
  enum class Kind { job = 0, earlier_row = 1, conflict = 2 };
  std::int64_t row = 0;
  Kind kind = Kind::job;
  std::int64_t target = 0;  // the job's id; the row where the key stood first; nothing
  bool repeat = false;      // the key stood earlier in this file
};

// A row as it was staged. Texts that are not there are empty.
struct StagedRow {
  std::int64_t row = 0;
  std::int64_t line = 0;
  bool rejected = false;
  std::string_view key;  // not of a rejected row
  std::string_view columns;
  std::string_view mended;
  std::string_view text;  // these two of a rejected row only
  std::string_view reason;
};

// The rows of one import on their way into the store: in memory while they are few, in a file
// beside it, STORE-import-ID, with mode 0600 and without syncs, where they are more. The file is
// gone with this object; that of an import that was killed is removed by the next one. Memory stays
// flat. One thread at a time. Throws Error. After one that came of a change nothing takes back what
// was done of it: every use from then on is Error(store_unavailable). (The file was a SQLite
// database before: writing and sorting 1,000,000 rows there took 1.5 s, here it takes 0.3 s.)
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
  void each_link(const std::function<void(const RowLink&)>& visit) const;  // in order of row

  // All rows in their order, each with its link where it has one. The views live until `visit`
  // returns.
  void each_row(const std::function<void(const StagedRow&, const RowLink*)>& visit) const;

  std::int64_t rows() const { return rows_; }
  std::int64_t rejected() const { return rejected_; }  // through reject()

 private:
  // The file's name, with the lock that tells others that its import lives.
  class Place {
   public:
    Place(FileLocks& locks, const std::string& store_path);
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    const std::string& path() const { return path_; }

   private:
    FileLocks& locks_;
    const std::string id_;
    const std::string path_;
  };

  void begin_change();
  void end_change() { broken_ = false; }
  void begin_row(std::int64_t row, std::int64_t line, bool rejected);

  const Place place_;
  SpillFile file_;
  Spill staged_;
  ExternalSort by_key_;
  ExternalSort links_;
  std::string record_;  // the one being written
  std::int64_t rows_ = 0;
  std::int64_t rejected_ = 0;
  std::int64_t last_row_ = 0;
  bool broken_ = false;  // a change began and has not ended
};

}  // namespace dogged::sqlite
