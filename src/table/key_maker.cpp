// SPDX-License-Identifier: MIT
#include "table/key_maker.h"

#include "base/error.h"
#include "base/text.h"
#include "table/input_columns.h"

#include <algorithm>
#include <utility>

namespace dogged {

KeyMaker::KeyMaker(std::unique_ptr<IdRule> rule, std::size_t id_column)
    : rule_(std::move(rule)), id_column_(id_column) {}

KeyMaker::KeyMaker(std::unique_ptr<IdRule> rule, const IdSpec& spec,
                   const std::vector<std::string>& names, const std::string& file)
    : rule_(std::move(rule)), part_rule_(make_id_rule({}).value()), names_(names) {
  auto key = TextTemplate::parse(spec.key);
  if (!key) {
    throw Error(Fault::usage, "--key '" + printable(spec.key) + "': " + key.error());
  }
  if (key.value().names().empty()) {
    throw Error(Fault::usage,
                "--key '" + printable(spec.key) + "' names no column; write it like '{kind}/{id}'");
  }
  for (const std::string& name : key.value().names()) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      throw Error(Fault::usage,
                  "--key '" + printable(spec.key) + "': " + no_such_column(names, name, file));
    }
  }
  key_ = std::move(key).value();
}

void KeyMaker::make(InputRow& row) const {
  IdVerdict verdict;
  if (key_) {
    IdVerdict parts;
    const auto key = key_->render(
        [&](std::string_view name) -> std::optional<std::string> {
          IdVerdict one = part(row, name);
          parts.mended = parts.mended.empty() ? one.mended : parts.mended;
          parts.fault = std::move(one.fault);
          return parts.fault.empty() ? std::optional(std::move(one.key)) : std::nullopt;
        },
        TextTemplate::Escape::none);
    if (key.ok()) {
      verdict = rule_->check(key.value());
    } else {
      verdict.fault = parts.fault;
    }
    if (verdict.fault.empty() && !parts.mended.empty()) {
      verdict.mended = parts.mended + (verdict.mended.empty() ? "" : " + " + verdict.mended);
    }
  } else {
    verdict = rule_->check(row.cells[id_column_]);
  }
  row.key = std::move(verdict.key);
  row.mended = std::move(verdict.mended);
  row.fault = std::move(verdict.fault);
}

IdVerdict KeyMaker::part(const InputRow& row, std::string_view name) const {
  const auto column = std::find(names_.begin(), names_.end(), name) - names_.begin();
  IdVerdict verdict = part_rule_->check(row.cells[static_cast<std::size_t>(column)]);
  if (!verdict.fault.empty()) {
    verdict.fault = "column '" + printable(name) + "': " + verdict.fault;
  }
  return verdict;
}

}  // namespace dogged
