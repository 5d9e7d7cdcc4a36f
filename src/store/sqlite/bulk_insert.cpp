// SPDX-License-Identifier: MIT
#include "store/sqlite/bulk_insert.h"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <utility>

namespace dogged::sqlite {
namespace {

constexpr std::size_t kRows = 256;
constexpr std::size_t kMaxTextBytes = 1 << 20;

}  // namespace

BulkInsert::BulkInsert(sqlite3* connection, std::string into, std::size_t columns)
    : connection_(connection), into_(std::move(into)), columns_(columns) {}

BulkInsert::~BulkInsert() = default;

void BulkInsert::Finalize::operator()(sqlite3_stmt* statement) const {
  (void)sqlite3_finalize(statement);  // repeats the error of the last step, which was thrown
}

void BulkInsert::add(std::initializer_list<Value> row) {
  for (const Value& value : row) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      values_.push_back({Kept::Type::number, *number, 0});
    } else if (const auto* text = std::get_if<std::string_view>(&value)) {
      values_.push_back({Kept::Type::text, static_cast<std::int64_t>(texts_.size()), text->size()});
      texts_ += *text;
    } else {
      values_.push_back({Kept::Type::null, 0, 0});
    }
  }
  if (values_.size() == kRows * columns_) {
    if (!many_) {
      many_ = prepare(kRows);
    }
    insert(many_.get(), 0, values_.size());
    values_.clear();
    texts_.clear();
  } else if (texts_.size() > kMaxTextBytes) {
    finish();
  }
}

void BulkInsert::finish() {
  if (!one_ && !values_.empty()) {
    one_ = prepare(1);
  }
  for (std::size_t first = 0; first < values_.size(); first += columns_) {
    insert(one_.get(), first, columns_);
  }
  values_.clear();
  texts_.clear();
}

BulkInsert::Statement BulkInsert::prepare(std::size_t rows) const {
  std::string row = "(?";
  for (std::size_t i = 1; i < columns_; ++i) {
    row += ",?";
  }
  std::string sql = into_ + " VALUES ";
  for (std::size_t i = 0; i < rows; ++i) {
    sql += i > 0 ? "," : "";
    sql += row + ")";
  }
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(connection_, sql.data(), static_cast<int>(sql.size()),
                                      &statement, nullptr);
  if (code != SQLITE_OK) {
    throw SQLite::Exception(connection_, code);
  }
  return Statement(statement);
}

void BulkInsert::insert(sqlite3_stmt* statement, std::size_t first, std::size_t count) const {
  for (std::size_t i = 0; i < count; ++i) {
    const Kept& value = values_[first + i];
    const int index = static_cast<int>(i) + 1;
    int code = SQLITE_OK;
    if (value.type == Kept::Type::null) {
      code = sqlite3_bind_null(statement, index);
    } else if (value.type == Kept::Type::number) {
      code = sqlite3_bind_int64(statement, index, value.number);
    } else {
      code = sqlite3_bind_text64(statement, index, texts_.data() + value.number, value.size,
                                 SQLITE_STATIC, SQLITE_UTF8);
    }
    if (code != SQLITE_OK) {
      throw SQLite::Exception(connection_, code);
    }
  }
  const int code = sqlite3_step(statement);
  (void)sqlite3_reset(statement);  // repeats the error
  if (code != SQLITE_DONE) {
    throw SQLite::Exception(connection_, code);
  }
}

}  // namespace dogged::sqlite
