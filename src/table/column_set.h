// SPDX-License-Identifier: MIT
#pragma once

#include "base/json_document.h"
#include "base/result.h"
#include "job/source.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dogged {

// The value of one added column. `json` is set where JSON lines should carry it typed.
struct ColumnValue {
  std::string
      text;  // for CSV: strings bare, numbers with their digits, null empty, others JSON text
  std::string json;  // for JSON lines: the JSON value ("null" where absent)
};

// The value at `i`, in both forms. Replaces what `value` held.
void write_value(const JsonDocument& document, JsonDocument::Index i, ColumnValue& value);

// The columns that an export adds: JSON pointers (RFC 6901; they begin with "/", "" is the whole
// answer) and jq filters (table/jq_filter.h). A filter that yields several values gives them joined
// as a JSON array; one that fails gives an empty value and is counted. One thread an object.
class ColumnSet {
 public:
  // Fails on an expression that is neither a pointer nor a filter that compiles (with jq's words),
  // or two columns of one name. `lang` is bound to $lang.
  static Result<std::unique_ptr<ColumnSet>> compile(const std::vector<ColumnSpec>& specs,
                                                    const std::string& lang);
  virtual ~ColumnSet() = default;
  virtual std::vector<std::string> names() const = 0;
  // The values of one answer, in order. `body` that is no JSON gives empty values.
  virtual void extract(std::string_view body, std::vector<ColumnValue>& values) = 0;
  // How many times a filter failed on an answer, and how the first did ("column 'x': ...").
  virtual std::int64_t filter_failures() const = 0;
  virtual std::string first_filter_failure() const = 0;
  // Whether a filter computed a number beyond 2^53, whose last digits a double does not carry, or
  // by its words may have lost or misjudged digits that the answers have.
  virtual bool digits_lost() const = 0;
  // The same for people, once for each column and cause.
  virtual std::vector<std::string> digit_warnings() const { return {}; }
  // Counts what `other`, compiled of the same columns, met on other answers.
  virtual void absorb(const ColumnSet& other) = 0;
};

}  // namespace dogged
