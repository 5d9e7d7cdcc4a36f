// SPDX-License-Identifier: MIT
#include "store/sqlite/import_staging.h"

#include "base/error.h"
#include "store/sqlite/file_locks.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

namespace dogged::sqlite {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kInfix = "-import-";
constexpr std::size_t kKeysInMemory = 1 << 18;   // 8 MiB
constexpr std::size_t kLinksInMemory = 1 << 17;  // 4 MiB

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

std::string key_of_row(std::int64_t row) {
  std::string key;
  for (int shift = 56; shift >= 0; shift -= 8) {
    key += static_cast<char>(static_cast<std::uint64_t>(row) >> static_cast<unsigned>(shift));
  }
  return key;
}

// The links in order of row.
class LinkReader {
 public:
  explicit LinkReader(const ExternalSort& links) : reader_(links) {}

  bool next() {
    if (!reader_.next()) {
      return false;
    }
    std::string_view fields = reader_.value();
    link_.row = static_cast<std::int64_t>(take_number(fields));
    link_.kind = static_cast<RowLink::Kind>(take_number(fields));
    link_.target = static_cast<std::int64_t>(take_number(fields));
    link_.repeat = take_number(fields) != 0;
    return true;
  }
  const RowLink& link() const { return link_; }

 private:
  SortedReader reader_;
  RowLink link_;
};

StagedRow row_from(std::string_view record) {
  StagedRow row;
  row.row = static_cast<std::int64_t>(take_number(record));
  row.line = static_cast<std::int64_t>(take_number(record));
  row.rejected = take_number(record) != 0;
  row.columns = take_text(record);
  if (row.rejected) {
    row.text = take_text(record);
    row.reason = take_text(record);
  } else {
    row.key = take_text(record);
    row.mended = take_text(record);
  }
  return row;
}

}  // namespace

Staging::Place::Place(FileLocks& locks, const std::string& store_path)
    : locks_(locks), id_(take_id(locks)), path_(store_path + std::string(kInfix) + id_) {}

Staging::Place::~Place() {
  remove_quietly(path_);
  locks_.release_worker(id_);
}

Staging::Staging(FileLocks& locks, const std::string& store_path)
    : place_(locks, store_path),
      file_(place_.path()),
      staged_(file_),
      by_key_(file_, kKeysInMemory),
      links_(file_, kLinksInMemory) {
  remove_leftovers(locks, store_path);
}

Staging::~Staging() = default;

void Staging::begin_change() {
  if (broken_) {
    throw Error(Fault::store_unavailable,
                fmt::format("cannot go on with the import: {} could not be written; nothing was "
                            "imported; import again",
                            place_.path()));
  }
  broken_ = true;
}

void Staging::begin_row(std::int64_t row, std::int64_t line, bool rejected) {
  if (row <= last_row_ || line < 1) {
    throw Error(fmt::format("cannot import row {} of line {} behind row {}", row, line, last_row_));
  }
  last_row_ = row;
  ++rows_;
  record_.clear();
  put_number(record_, static_cast<std::uint64_t>(row));
  put_number(record_, static_cast<std::uint64_t>(line));
  put_number(record_, rejected ? 1 : 0);
}

void Staging::add(const ImportRow& row) {
  begin_change();
  if (row.key.empty()) {
    throw Error(fmt::format("cannot import row {}: it has no key", row.row));
  }
  begin_row(row.row, row.line, false);
  put_text(record_, row.columns);
  put_text(record_, row.key);
  put_text(record_, row.mended);
  staged_.write(record_);
  record_.clear();
  put_number(record_, static_cast<std::uint64_t>(row.row));
  record_ += row.url_values;
  by_key_.add(row.key, record_);
  end_change();
}

void Staging::reject(const RejectedRow& row) {
  begin_change();
  if (row.reason.empty()) {
    throw Error(fmt::format("cannot reject row {}: it has no reason", row.row));
  }
  begin_row(row.row, row.line, true);
  put_text(record_, row.columns);
  put_text(record_, row.text);
  put_text(record_, row.reason);
  staged_.write(record_);
  ++rejected_;
  end_change();
}

void Staging::each_by_key(const std::function<void(const KeyedRow&)>& visit) {
  begin_change();
  by_key_.finish();
  end_change();
  SortedReader reader(by_key_);
  while (reader.next()) {
    KeyedRow row;
    row.key = reader.key();
    row.url_values = reader.value();
    row.row = static_cast<std::int64_t>(take_number(row.url_values));
    visit(row);
  }
}

void Staging::forget_links() {
  begin_change();
  links_.clear();
  end_change();
}

void Staging::link(const RowLink& link) {
  begin_change();
  record_.clear();
  put_number(record_, static_cast<std::uint64_t>(link.row));
  put_number(record_, static_cast<std::uint64_t>(link.kind));
  put_number(record_, static_cast<std::uint64_t>(link.target));
  put_number(record_, link.repeat ? 1 : 0);
  links_.add(key_of_row(link.row), record_);
  end_change();
}

void Staging::sort_links() {
  begin_change();
  links_.finish();
  end_change();
}

void Staging::each_link(const std::function<void(const RowLink&)>& visit) const {
  LinkReader links(links_);
  while (links.next()) {
    visit(links.link());
  }
}

void Staging::each_row(const std::function<void(const StagedRow&, const RowLink*)>& visit) const {
  LinkReader links(links_);
  bool linked = links.next();
  SpillReader reader(staged_);
  std::string_view record;
  while (reader.next(record)) {
    const StagedRow row = row_from(record);
    const bool is_its = linked && links.link().row == row.row;
    visit(row, is_its ? &links.link() : nullptr);
    linked = is_its ? links.next() : linked;
  }
}

}  // namespace dogged::sqlite
