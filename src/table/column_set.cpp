// SPDX-License-Identifier: MIT
#include "table/column_set.h"

#include "table/jq_digits.h"
#include "table/jq_filter.h"
#include "table/jq_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

namespace dogged {
namespace {

struct Column {
  std::string name;
  std::string pointer;  // where there is no filter
  std::unique_ptr<JqFilter> filter;
  JqUses uses;           // of the filter
  JqUses harmed;         // ... on answers whose numbers do not stand that
  bool inexact = false;  // as filter->digits_lost(), of a copy of it

  bool digits_lost() const { return inexact || (filter != nullptr && filter->digits_lost()); }
};

class CompiledColumns final : public ColumnSet {
 public:
  explicit CompiledColumns(std::vector<Column> columns)
      : columns_(std::move(columns)),
        has_filters_(std::any_of(columns_.begin(), columns_.end(),
                                 [](const Column& c) { return c.filter != nullptr; })) {}

  std::vector<std::string> names() const override {
    std::vector<std::string> all;
    for (const Column& column : columns_) {
      all.push_back(column.name);
    }
    return all;
  }

  void extract(std::string_view body, std::vector<ColumnValue>& values) override {
    values.resize(columns_.size());
    const bool readable = !body.empty() && document_.parse(body).ok();
    const std::string unfit = readable && has_filters_ ? input_.load(document_) : std::string();
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      Column& column = columns_[i];
      values[i].text.clear();
      values[i].json.clear();
      if (!readable) {
        values[i].json = "null";
      } else if (!column.filter) {
        read_pointer(column.pointer, values[i]);
      } else if (!unfit.empty()) {
        values[i].json = "null";
        count_failure(column, unfit);
      } else if (const std::string fault = column.filter->run(input_, values[i]); !fault.empty()) {
        count_failure(column, fault);
      } else {
        watch_digits(column);
      }
    }
  }

  std::int64_t filter_failures() const override { return failures_; }
  std::string first_filter_failure() const override { return first_failure_; }
  bool digits_lost() const override {
    return std::any_of(columns_.begin(), columns_.end(), [](const Column& c) {
      return c.harmed.printing || c.harmed.counting || c.digits_lost();
    });
  }
  std::vector<std::string> digit_warnings() const override;
  void absorb(const ColumnSet& other) override;

 private:
  void watch_digits(Column& column) {
    const JqUses& uses = column.uses;
    JqUses& harmed = column.harmed;
    harmed.printing = harmed.printing || (uses.printing && holds_respelled_numbers(document_));
    harmed.counting = harmed.counting || (uses.counting && holds_numbers_as_text(document_));
  }

  void read_pointer(const std::string& pointer, ColumnValue& value) {
    const auto found = document_.find(pointer);
    if (!found) {
      value.json = "null";
      return;
    }
    write_value(document_, *found, value);
  }

  void count_failure(const Column& column, const std::string& fault) {
    if (failures_++ == 0) {
      first_failure_ = fmt::format("column '{}': {}", column.name, fault);
    }
  }

  std::vector<Column> columns_;
  const bool has_filters_;
  JsonDocument document_;
  JqInput input_;
  std::int64_t failures_ = 0;
  std::string first_failure_;
};

void CompiledColumns::absorb(const ColumnSet& other) {
  const auto& theirs = dynamic_cast<const CompiledColumns&>(other);
  failures_ += theirs.failures_;
  first_failure_ = first_failure_.empty() ? theirs.first_failure_ : first_failure_;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const Column& column = theirs.columns_.at(i);
    columns_[i].inexact = columns_[i].inexact || column.digits_lost();
    columns_[i].harmed.printing = columns_[i].harmed.printing || column.harmed.printing;
    columns_[i].harmed.counting = columns_[i].harmed.counting || column.harmed.counting;
  }
}

std::vector<std::string> CompiledColumns::digit_warnings() const {
  std::vector<std::string> warnings;
  for (const Column& column : columns_) {
    if (column.digits_lost()) {
      warnings.push_back(
          fmt::format("column '{}': its filter computed numbers beyond 2^53: their last digits are "
                      "not exact (such numbers reach a filter as text; keep them so)",
                      column.name));
    }
    if (column.harmed.printing) {
      warnings.push_back(
          fmt::format("column '{}': its filter makes text of numbers, and jq writes some of these "
                      "answers' numbers otherwise (1.10 as 1.1); a JSON pointer, or a filter that "
                      "gives the number itself, keeps the digits",
                      column.name));
    }
    if (column.harmed.counting) {
      warnings.push_back(fmt::format(
          "column '{}': its filter compares or counts, and some of these answers' "
          "numbers have more digits than jq carries (beyond 2^53): to it they are text, "
          "which is greater than every number",
          column.name));
    }
  }
  return warnings;
}

// "results[0].name" -> "/results/0/name".
std::string as_pointer(std::string_view path) {
  std::string pointer = "/";
  for (const char c : path) {
    if (c != ']') {
      pointer += c == '.' || c == '[' ? '/' : c;
    }
  }
  return pointer;
}

// A plain word is the usual mistake: a field's name, or a path of them, where its pointer is
// wanted.
std::string advice(const std::string& expression) {
  const bool path = std::all_of(expression.begin(), expression.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '.' || c == '[' || c == ']';
  });
  if (path && expression.find('.') != std::string::npos && expression.front() != '.') {
    return fmt::format("; did you mean '.{}' or '{}'?", expression, as_pointer(expression));
  }
  const bool word = std::all_of(expression.begin(), expression.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '/';
  });
  return word ? fmt::format("; the field of that name is '/{}'", expression) : "";
}

Result<Column> compile_column(const ColumnSpec& spec, const std::string& lang) {
  if (spec.expression.empty() || spec.expression.front() == '/') {
    if (!is_json_pointer(spec.expression)) {
      return Failure{fmt::format("'{}' is no JSON pointer: ~ stands in one only as ~0 or ~1",
                                 spec.expression)};
    }
    return Column{spec.name, spec.expression, nullptr, {}, {}, false};
  }
  auto filter = JqFilter::compile(spec.expression, lang);
  if (!filter) {
    return Failure{fmt::format("'{}' is no jq filter: {}{}", spec.expression, filter.error(),
                               advice(spec.expression))};
  }
  return Column{spec.name, "", std::move(filter).value(), jq_uses(spec.expression), {}, false};
}

}  // namespace

void write_value(const JsonDocument& document, JsonDocument::Index i, ColumnValue& value) {
  value.text.clear();
  value.json.clear();
  document.write_json(i, value.json);
  switch (document.node(i).type) {
    case JsonDocument::Type::null:
      break;
    case JsonDocument::Type::string:
      value.text = document.text(i);
      break;
    default:
      value.text = value.json;
  }
}

Result<std::unique_ptr<ColumnSet>> ColumnSet::compile(const std::vector<ColumnSpec>& specs,
                                                      const std::string& lang) {
  std::set<std::string_view> names;
  std::vector<Column> columns;
  for (const ColumnSpec& spec : specs) {
    if (spec.name.empty()) {
      return Failure{fmt::format("the column of '{}' has no name", spec.expression)};
    }
    if (!names.insert(spec.name).second) {
      return Failure{fmt::format("two columns are named '{}'", spec.name)};
    }
    auto column = compile_column(spec, lang);
    if (!column) {
      return Failure{fmt::format("column '{}': {}", spec.name, column.error())};
    }
    columns.push_back(std::move(column).value());
  }
  return std::unique_ptr<ColumnSet>(std::make_unique<CompiledColumns>(std::move(columns)));
}

}  // namespace dogged
