// SPDX-License-Identifier: MIT
#include "cli/try_command.h"

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/caps_text.h"
#include "cli/export_step.h"
#include "cli/json_object.h"
#include "cli/render_json.h"
#include "cli/store_pace.h"
#include "cli/store_source.h"
#include "cli/try_text.h"
#include "table/column_set.h"
#include "table/id_rule.h"
#include "table/importer.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>

namespace dogged {
namespace {

constexpr std::size_t kTried = 3;

// One ID that is asked for.
struct Subject {
  std::string key, columns, id_column;
};

// What a list, or the IDs given, come to.
struct Understood {
  std::vector<Subject> first;  // kTried at most
  std::int64_t rows = 0, rejected = 0, ids = 0;
};

bool is_file(const std::vector<std::string>& what) {
  if (what.size() != 1) {
    return false;
  }
  std::error_code error;
  const std::string& name = what.front();
  const std::string suffix = lower_case(std::filesystem::path(name).extension().string());
  constexpr std::string_view kLists[] = {".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".xlsx"};
  return name == "-" || std::filesystem::exists(name, error) ||
         std::find(std::begin(kLists), std::end(kLists), suffix) != std::end(kLists);
}

// What is told of the way: with --json to stderr, because stdout is for the object.
class Teller {
 public:
  explicit Teller(const CommandContext& context) : context_(context) {}
  void line(const std::string& text) const {
    context_.common.json ? log_info(std::string(trimmed(text))) : context_.out.line(text);
  }

 private:
  const CommandContext& context_;
};

// Reads the whole list, for the count: eight bytes an ID to know the duplicates.
Understood read_list(const InputOptions& options, const Source& source, const Teller& out) {
  const std::unique_ptr<InputFile> file = InputFile::open(options);
  out.line(fmt::format("{}: {}", printable(options.file), file->shape().describe()));
  (void)url_columns(template_names(source), file->shape(), printable(options.file));  // may throw
  Understood list;
  std::vector<std::size_t> hashes;
  InputRow row;
  while (file->next(row)) {
    ++list.rows;
    if (!row.fault.empty()) {
      if (++list.rejected <= static_cast<std::int64_t>(kTried)) {
        out.line(
            fmt::format("rejected: line {}: {}: {}", row.line, row.fault, printable(row.text, 80)));
      }
      continue;
    }
    hashes.push_back(std::hash<std::string>()(row.key));
    if (list.first.size() < kTried) {
      list.first.push_back({row.key, file->columns_json(row), file->shape().id_column});
    }
  }
  warn_of_replaced(file->replaced_characters());
  tell_left_out(file->empty_rows_at_end());
  std::sort(hashes.begin(), hashes.end());
  list.ids = std::unique(hashes.begin(), hashes.end()) - hashes.begin();
  return list;
}

Understood read_ids(const std::vector<std::string>& ids, const Source& source, const Teller& out) {
  const auto rule = make_id_rule(source.id);
  if (!rule) {
    throw Error(Fault::usage, "the ID rule: " + rule.error());
  }
  for (const std::string& name : template_names(source)) {
    if (name != "id" && name != "key" && source.id.key.empty()) {
      throw Error(Fault::usage,
                  fmt::format("the URL needs {{{}}}, which an ID alone does not give; "
                              "write {{id}}, or try a FILE with that column",
                              printable(name, 80)));
    }
  }
  Understood list;
  for (const std::string& id : ids) {
    ++list.rows;
    const IdVerdict verdict = rule.value()->check(id);
    if (!verdict.fault.empty()) {
      ++list.rejected;
      out.line(fmt::format("rejected: {}: {}", printable(id, 80), verdict.fault));
      continue;
    }
    if (!verdict.mended.empty()) {
      out.line(fmt::format("mended: {} -> {} ({})", printable(id, 80), printable(verdict.key, 80),
                           verdict.mended));
    }
    ++list.ids;
    if (list.first.size() < kTried) {
      list.first.push_back({verdict.key, "", ""});
    }
  }
  return list;
}

// A redirect's query may hold a key.
std::string without_query(const std::string& url) {
  return printable(url.substr(0, url.find('?')), 300);
}

// Asks for the first few, one after the other, and shows what comes back.
class Trial {
 public:
  Trial(const TryCommandOptions& options, const ResolvedSource& resolved, CommandContext& context)
      : context_(context),
        tell_(context),
        builder_(check_source(resolved)),
        http_(make_http(resolved.http, stop_)) {
    client_ = http_->make();
    classifier_ = std::move(Classifier::make(resolved.source.answers)).value();  // was checked
    const std::vector<ColumnSpec> specs =
        options.add.empty() ? resolved.source.columns : parse_columns(options.add);
    if (specs.empty()) {
      return;
    }
    auto columns = ColumnSet::compile(specs, lang_value(resolved.source));
    if (!columns) {
      throw Error(Fault::usage, "--add: " + columns.error());
    }
    columns_ = std::move(columns).value();
  }

  // False where it is no use to go on: the server said "not now".
  bool ask(const Subject& subject) {
    const Result<HttpRequest> request =
        builder_->build({subject.key, subject.columns, subject.id_column});
    if (!request) {
      tell_.line("  no request can be made: " + printable(request.error(), 300));
      return true;
    }
    const std::string described = builder_->describe(request.value());
    if (!context_.common.json) {
      context_.out.write(indented(described, 2));
      context_.out.flush();
    }
    const SteadyTime start = context_.clock.steady();
    const HttpResult result = fetch(request.value());
    const Millis took = std::chrono::duration_cast<Millis>(context_.clock.steady() - start);
    const Verdict verdict = classifier_->classify(result, context_.clock.wall());
    if (context_.common.json) {
      answers_.add(asked_json({subject.key, described, took}, result, verdict, columns_.get()));
    } else {
      for (const std::string& text : answer_lines(result, verdict, took, columns_.get())) {
        context_.out.line("    " + text);
      }
    }
    if (verdict.outcome == Outcome::done || verdict.outcome == Outcome::not_found) {
      ++answered_;
    }
    return verdict.outcome != Outcome::refused;
  }

  int answered() const { return answered_; }
  std::string answers_json() const { return answers_.str(); }
  bool has_columns() const { return columns_ != nullptr; }

 private:
  // Over redirects, and once more after a connection that turned out to be closed.
  HttpResult fetch(HttpRequest request) {
    for (bool resent = false;;) {
      HttpResult result = client_->fetch(request);
      const auto* failure = std::get_if<HttpFailure>(&result);
      if (auto* redirect = std::get_if<HttpRedirect>(&result)) {
        request = std::move(redirect->next);
        tell_.line("  redirected to " + without_query(request.url));
        resent = false;
      } else if (failure != nullptr && failure->stale && !resent) {
        resent = true;
      } else {
        return result;
      }
    }
  }

  CommandContext& context_;
  const Teller tell_;
  StopSignal stop_;  // never set: Ctrl-C just ends the program, there is nothing to lose
  const std::unique_ptr<RequestBuilder> builder_;
  const std::unique_ptr<HttpClientFactory> http_;
  std::unique_ptr<HttpClient> client_;
  std::unique_ptr<Classifier> classifier_;
  std::unique_ptr<ColumnSet> columns_;
  int answered_ = 0;
  JsonArray answers_;
};

Speed speed_of(const RunOptions& caps, WallTime now) {
  return {caps.rate, quotas_in_use(caps_of(caps), {}, "", now), caps.max_concurrency};
}

void tell_size(const Understood& list, const RunOptions& caps, const Teller& out, WallTime now) {
  out.line(fmt::format("{} rows, {} rejected: {} IDs to ask; {}", with_thousands(list.rows),
                       with_thousands(list.rejected), with_thousands(list.ids),
                       time_at_caps(list.ids, speed_of(caps, now), now)));
}

std::string try_json(const Understood& list, const RunOptions& caps, const Trial& trial,
                     WallTime now) {
  const std::optional<Millis> least = least_time(list.ids, speed_of(caps, now), now);
  JsonObject json;
  json.number("rows", list.rows).number("rejected", list.rejected).number("ids", list.ids);
  json.raw("least_ms", least ? std::to_string(least->count()) : "null");
  return json.raw("answers", trial.answers_json()).str();
}

}  // namespace

void add_try_command(CommandLine& line) {
  auto options = std::make_shared<TryCommandOptions>();
  CommandOptions add = line.add(
      {.path = "try",
       .group = group::kWork,
       .summary = "What would be asked and what comes back, for the first 3; stores nothing",
       .details = "Shows what is understood of the list, how long it takes at the known caps, then "
                  "the first requests (secrets hidden) with status, outcome, the server's words on "
                  "its limits, and the columns. Ends with 1 where none was answered.",
       .json = true},
      options, run_try_command);
  add.arguments("FILE|ID", options->what, true, "A list, or IDs as they are");
  add.group("What is shown of the answers");
  add.texts("--add", options->add,
            {"NAME=EXPR", "A column, again and again: JSON pointer or jq filter (the source's)"});
  add_lang_option(add, options->source);
  add_source_options(add, options->source);
  add_id_options(add, options->source);
  add_input_options(add, options->input);
  add.group("Caps, to tell how long it takes");
  add_cap_options(add, options->caps);
}

ExitStatus run_try_command(const TryCommandOptions& options, CommandContext& context) {
  const Teller out(context);
  SourceOptions source = options.source;
  source.change_source = true;  // nothing is stored
  const ResolvedSource resolved = resolve_for_store(source, context.common.db);
  tell_warnings(resolved);
  Trial trial(options, resolved, context);

  ImportFlags input = options.input;
  input.file = options.what.front();
  const Understood list =
      is_file(options.what)
          ? read_list(make_input_options(input, resolved.source), resolved.source, out)
          : read_ids(options.what, resolved.source, out);
  const RunOptions caps = make_run_options(options.caps, resolved);
  tell_size(list, caps, out, context.clock.wall());
  for (std::size_t i = 0; i < list.first.size(); ++i) {
    out.line(
        fmt::format("\n{} of {}: {}", i + 1, list.first.size(), printable(list.first[i].key, 80)));
    if (!trial.ask(list.first[i])) {
      out.line("  the server refuses for now: no more is tried");
      break;
    }
  }
  if (!trial.has_columns() && trial.answered() > 0) {
    out.line(
        "\nno columns are named: the export takes all that the answers have; --add NAME=EXPR "
        "picks");
  }
  if (context.common.json) {
    context.out.line(try_json(list, caps, trial, context.clock.wall()));
  }
  return trial.answered() > 0 ? ExitStatus::done : ExitStatus::error;
}

}  // namespace dogged
