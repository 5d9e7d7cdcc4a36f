// SPDX-License-Identifier: MIT
#include "cli/fields_command.h"

#include "base/log.h"
#include "base/text.h"
#include "cli/existing_store.h"
#include "cli/json_object.h"
#include "cli/render_table.h"
#include "table/answer_fields.h"

#include <fmt/format.h>

namespace dogged {
namespace {

// What is typed to have the field as a column of the export.
std::string add_argument(const AnswerField& field) {
  return "--add " + shell_word(field.column + "=" + field.pointer);
}

// Whole percents, except that only all is 100 % and only none is 0 %.
std::string share_text(std::int64_t present, std::int64_t answers) {
  if (present > 0 && present * 100 < answers) {
    return "<1 %";
  }
  return fmt::format("{} %", answers == 0 ? 0 : present * 100 / answers);
}

}  // namespace

void add_fields_command(CommandLine& line) {
  auto options = std::make_shared<FieldsOptions>();
  CommandOptions add =
      line.add({.path = "fields",
                .group = group::kInspect,
                .summary = "What stands in the answers, with ready --add options for the export",
                .details = "With --json: one object a line.",
                .json = true},
               options, run_fields_command);
  add.number("--sample", options->sample, 1, {"N", "Look at N answers at most (default: 1000)"});
}

ExitStatus run_fields_command(const FieldsOptions& options, CommandContext& context) {
  const auto reader = open_existing_reader(context.common);
  const FieldSurvey survey = survey_fields(*reader, options.sample);
  if (survey.answers == 0) {
    log_info("there are no answers yet; `dogged run" + db_argument(context.common) +
             "` fetches them");
    return ExitStatus::done;
  }
  TableWriter table(context.out, {{"pointer", TableColumn::Align::left, 120},
                                  {"share", TableColumn::Align::right},
                                  {"example", TableColumn::Align::left, 40},
                                  {"for the export", TableColumn::Align::left, 300}});
  for (const AnswerField& field : survey.fields) {
    if (context.common.json) {
      context.out.line(JsonObject()
                           .text("pointer", field.pointer)
                           .text("column", field.column)
                           .number("present", field.present)
                           .number("answers", survey.answers)
                           .text("example", field.example)
                           .text("add", field.column + "=" + field.pointer)
                           .str());
    } else {
      table.add({field.pointer, share_text(field.present, survey.answers), field.example,
                 add_argument(field)});
    }
  }
  if (!context.common.json) {
    table.finish();
  }
  if (survey.sampled) {
    log_info(fmt::format("seen in {} of the answers; --sample N looks at more",
                         with_thousands(survey.answers)));
  }
  return ExitStatus::done;
}

}  // namespace dogged
