// SPDX-License-Identifier: MIT
#include "cli/store_source.h"

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/source_file.h"
#include "cli/store_pace.h"
#include "engine/classify.h"
#include "http/secret_text.h"
#include "job/url_template.h"
#include "store/open_store.h"
#include "table/column_set.h"
#include "table/id_rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace dogged {
namespace {

UrlTemplate parse_url(const std::string& url) {
  Result<UrlTemplate> parsed = UrlTemplate::parse(url);
  if (!parsed) {
    throw Error(Fault::usage, fmt::format("the URL '{}' cannot be used: {}",
                                          printable(masked_url(url), 300), parsed.error()));
  }
  return std::move(parsed).value();
}

// Scheme, host and port of a URL template, as they stand there.
std::string server_of(const std::string& url) {
  const std::size_t host = url.find("://");
  return lower_case(host == std::string::npos ? url
                                              : url.substr(0, url.find_first_of("/?#", host + 3)));
}

void require_secrets(const std::vector<std::string>& left_out) {
  if (left_out.empty()) {
    return;
  }
  const std::string& secret = left_out.front();
  constexpr std::string_view kHeader = "header ";
  const bool header = secret.rfind(kHeader, 0) == 0;
  throw Error(Fault::usage,
              fmt::format("this store's source needs a secret ({}) that was given as it is and "
                          "therefore not kept. Give it again: {}",
                          secret,
                          header ? fmt::format("-H '{}: env:NAME'", secret.substr(kHeader.size()))
                                 : "--source FILE"));
}

}  // namespace

std::optional<std::string> stored_source_toml(const std::string& location) {
  return store_exists(location) ? open_reader(location)->setting(setting::kSource) : std::nullopt;
}

void bring_up_to_date(const std::string& location) {
  if (!store_exists(location)) {
    return;
  }
  try {
    (void)open_reader(location);
  } catch (const StaleStore&) {
    (void)open_store(location, IfAbsent::refuse);
  }
}

ResolvedSource resolve_for_store(const SourceOptions& options, const std::string& location) {
  const std::optional<std::string> stored = stored_source_toml(location);
  SourceOptions wanted = options;
  if (stored && !options.change_source) {
    const QueueOutlook jobs = open_reader(location)->overview().jobs;
    const bool unanswered = jobs.done + jobs.not_found + jobs.failed == 0;
    const bool same_keys =
        options.key.empty() || options.key == parse_source(*stored, "").source.id.key;
    wanted.change_source = unanswered && same_keys;
  }
  return resolve_source(wanted, stored);
}

void keep_source(JobStore& store, const ResolvedSource& resolved) {
  const std::string text = source_toml(resolved.source, resolved.left_out);
  const std::optional<std::string> stored = store.setting(setting::kSource);
  if (!resolved.given || stored == text) {
    return;
  }
  const std::string before =
      stored ? parse_source(*stored, "the store's source").source.request.url : std::string();
  if (server_of(before) != server_of(resolved.source.request.url) &&
      !store.setting(setting::kWait).value_or("").empty()) {
    store.put_setting(setting::kWait, "");
  }
  store.put_setting(setting::kSource, text);
}

void tell_warnings(const ResolvedSource& resolved) {
  for (const std::string& warning : resolved.warnings) {
    log_warning(warning);
  }
}

std::unique_ptr<RequestBuilder> check_source(const ResolvedSource& resolved) {
  const Source& source = resolved.source;
  if (source.request.url.empty()) {
    throw Error(Fault::usage,
                "there is no URL to ask: give --url 'https://host/path/{id}' or "
                "--source FILE|NAME");
  }
  if (template_names(source).empty()) {
    throw Error(
        Fault::usage,
        fmt::format("the URL '{}' has no {{id}} in it: the same would be asked for every ID",
                    printable(masked_url(source.request.url), 300)));
  }
  (void)caps_of(source.limits);  // throws where the quota cannot be read
  require_secrets(resolved.left_out);
  if (auto rule = make_id_rule(source.id); !rule) {
    throw Error(Fault::usage, "the ID rule: " + rule.error());
  }
  if (auto classifier = Classifier::make(source.answers); !classifier) {
    throw Error(Fault::usage, "the source's answer rules: " + classifier.error());
  }
  if (auto columns = ColumnSet::compile(source.columns, lang_value(source)); !columns) {
    throw Error(Fault::usage, "the source's columns: " + columns.error());
  }
  auto builder = RequestBuilder::make(source, resolved.user_agent);
  if (!builder) {
    throw Error(Fault::usage, "cannot make requests: " + builder.error());
  }
  return std::move(builder).value();
}

std::vector<std::string> template_names(const Source& source) {
  if (source.request.url.empty()) {
    return {};
  }
  std::vector<std::string> names = parse_url(source.request.url).names();
  const Result<TextTemplate> body = TextTemplate::parse(source.request.body);
  if (!body) {
    throw Error(Fault::usage, "the request body: " + body.error());
  }
  for (const std::string& name : body.value().names()) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      names.push_back(name);
    }
  }
  return names;
}

}  // namespace dogged
