// SPDX-License-Identifier: MIT
#pragma once

#include "job/source.h"
#include "job/url_template.h"
#include "table/id_rule.h"
#include "table/input_file.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dogged {

// Makes the key of a row: its ID column, or a template of several columns ('{kind}/{id}'), checked
// and mended by the ID rule. Immutable after construction; any thread.
class KeyMaker {
 public:
  // The key is the cell of one column.
  KeyMaker(std::unique_ptr<IdRule> rule, std::size_t id_column);
  // The key is `spec.key` filled in. Throws Error(usage) where it does not parse or names a column
  // that `file` does not have.
  KeyMaker(std::unique_ptr<IdRule> rule, const IdSpec& spec, const std::vector<std::string>& names,
           const std::string& file);

  // Sets the row's key and mended, or its fault.
  void make(InputRow& row) const;

  const IdRule& rule() const { return *rule_; }

 private:
  // Each column that the key is made of is an ID of its own: not empty, not damaged.
  IdVerdict part(const InputRow& row, std::string_view name) const;

  std::unique_ptr<IdRule> rule_;
  std::size_t id_column_ = 0;
  std::optional<TextTemplate> key_;
  std::unique_ptr<IdRule> part_rule_;
  std::vector<std::string> names_;
};

}  // namespace dogged
