// SPDX-License-Identifier: MIT
#include "cli/sql_command.h"

#include "base/json_document.h"
#include "cli/existing_store.h"
#include "cli/json_object.h"
#include "cli/render_table.h"
#include "table/input_file.h"

#include <optional>

namespace dogged {
namespace {

using Values = std::vector<QueryValue>;

// Aligned, for a terminal.
QueryVisitor table_visitor(Output& out, std::optional<TableWriter>& table) {
  return {[&out, &table](const std::vector<std::string>& names) {
            std::vector<TableColumn> columns;
            columns.reserve(names.size());
            for (const std::string& name : names) {
              columns.push_back({name});
            }
            table.emplace(out, std::move(columns));
          },
          [&table](const Values& values) {
            std::vector<std::string> cells;
            cells.reserve(values.size());
            for (const QueryValue& value : values) {
              cells.push_back(value.text.value_or(""));
            }
            table->add(cells);
          }};
}

// CSV with a header. NULL is nothing, an empty text is "".
QueryVisitor csv_visitor(Output& out) {
  return {[&out](const std::vector<std::string>& names) {
            std::string line;
            for (std::size_t i = 0; i < names.size(); ++i) {
              line += i == 0 ? "" : ",";
              append_csv_value(line, names[i]);
            }
            out.line(line);
          },
          [&out](const Values& values) {
            std::string line;
            for (std::size_t i = 0; i < values.size(); ++i) {
              line += i == 0 ? "" : ",";
              const std::optional<std::string>& text = values[i].text;
              if (text && text->empty()) {
                line += "\"\"";
              } else if (text) {
                append_csv_value(line, *text);
              }
            }
            out.line(line);
          }};
}

// One object a row; columns of one name are told apart.
QueryVisitor json_visitor(Output& out, std::vector<std::string>& names) {
  return {[&names](const std::vector<std::string>& header) { names = unique_names(header); },
          [&out, &names](const Values& values) {
            JsonObject object;
            for (std::size_t i = 0; i < values.size(); ++i) {
              const auto& [text, is_number] = values[i];
              const std::string value = is_number ? *text : json_string(text.value_or(""));
              object.raw(names[i], text ? value : "null");
            }
            out.line(object.str());
          }};
}

}  // namespace

void add_sql_command(CommandLine& line) {
  auto options = std::make_shared<SqlOptions>();
  CommandOptions add = line.add(
      {.path = "sql",
       .group = group::kInspect,
       .summary = "Ask the store in SQL; it can only be read",
       .details =
           "A table on a terminal, CSV with a header otherwise (NULL is nothing, an empty text "
           "is \"\"); with --json one object a line (numbers as numbers, NULL as null).\n\n"
           "Views: job_overview, failures, batch_summary. Tables: batches, inputs, rejects, jobs, "
           "answers, attempts, workers, counters, settings. For example\n\n"
           "  dogged sql 'SELECT error, count(*) AS n FROM failures GROUP BY 1 ORDER BY 2 DESC'",
       .json = true},
      options, run_sql_command);
  add.argument("SQL", options->statement, true, "One SELECT");
}

ExitStatus run_sql_command(const SqlOptions& options, CommandContext& context) {
  require_store(context.common);
  if (context.common.json) {
    std::vector<std::string> names;
    query_store(context.common.db, options.statement, json_visitor(context.out, names));
  } else if (context.out.is_terminal()) {
    std::optional<TableWriter> table;
    query_store(context.common.db, options.statement, table_visitor(context.out, table));
    if (table) {
      table->finish();
    }
  } else {
    query_store(context.common.db, options.statement, csv_visitor(context.out));
  }
  return ExitStatus::done;
}

}  // namespace dogged
