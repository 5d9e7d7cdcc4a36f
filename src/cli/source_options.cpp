// SPDX-License-Identifier: MIT
#include "cli/source_options.h"

#include "base/error.h"
#include "base/text.h"
#include "base/units.h"
#include "base/version.h"
#include "cli/source_file.h"
#include "cli/source_warnings.h"
#include "http/head.h"
#include "http/secret_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace dogged {
namespace {

constexpr Millis kLeastTimeout{1};

HeaderField parse_header(const std::string& text) {
  const std::size_t colon = text.find(':');
  const std::string_view name = trimmed(std::string_view(text).substr(0, colon));
  if (colon == std::string::npos || !is_token(name)) {
    // The text is not shown: it may be a secret.
    throw Error(Fault::usage,
                "-H wants 'Name: value', for example -H 'Authorization: Bearer "
                "env:TOKEN'");
  }
  const std::string_view value = trimmed(std::string_view(text).substr(colon + 1));
  const auto is_control = [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; };
  if (std::any_of(value.begin(), value.end(), is_control)) {
    throw Error(Fault::usage, fmt::format("-H {}: a header cannot hold line ends or other control "
                                          "characters",
                                          name));
  }
  return {std::string(name), std::string(value)};
}

// A header of the command line takes the place of those of that name; "Name:" just removes them.
void apply_headers(const std::vector<std::string>& texts, Source& source) {
  std::vector<HeaderField> given;
  given.reserve(texts.size());
  for (const std::string& text : texts) {
    given.push_back(parse_header(text));
  }
  auto& headers = source.request.headers;
  for (const HeaderField& header : given) {
    headers.erase(std::remove_if(headers.begin(), headers.end(),
                                 [&](const HeaderField& old) {
                                   return equals_ignoring_case(old.name, header.name);
                                 }),
                  headers.end());
  }
  for (HeaderField& header : given) {
    if (!header.value.empty()) {
      headers.push_back(std::move(header));
    }
  }
}

void apply_request(const SourceOptions& options, Source& source) {
  RequestSpec& request = source.request;
  if (!options.url.empty()) {
    request.url = options.url;
  }
  if (options.body) {
    request.body = *options.body;
    if (request.method == "GET" && !options.body->empty()) {
      request.method = "POST";  // what people mean by -d alone
    }
  }
  if (!options.method.empty()) {
    request.method = options.method;
  }
  apply_headers(options.headers, source);
  request.timeout = options.timeout.value_or(request.timeout);
  request.connect_timeout = options.connect_timeout.value_or(request.connect_timeout);
  request.max_body_bytes = options.max_body_bytes.value_or(request.max_body_bytes);
  request.redirect_other_origin = request.redirect_other_origin || options.redirect_other_origin;
}

void apply_id(const SourceOptions& options, IdSpec& id) {
  if (!options.id_column.empty() && !options.key.empty()) {
    throw Error(Fault::usage,
                "--id and --key exclude each other: the ID is one column, or a "
                "template of several");
  }
  if (!options.id_rule.empty() && !options.id_pattern.empty()) {
    throw Error(Fault::usage, "--id-rule and --id-pattern exclude each other");
  }
  if (!options.id_column.empty()) {
    id.column = options.id_column;
    id.key.clear();
  }
  if (!options.key.empty()) {
    id.key = options.key;
    id.column.clear();
  }
  if (!options.id_rule.empty()) {
    id.rule = options.id_rule;
    id.pattern.clear();
    id.rewrite.clear();
  }
  if (!options.id_pattern.empty()) {
    id.pattern = options.id_pattern;
    id.rule.clear();
    id.rewrite.clear();
  }
  if (options.id_rewrite) {
    if (id.pattern.empty()) {
      throw Error(Fault::usage, "--id-rewrite needs --id-pattern: it says what becomes of a match");
    }
    id.rewrite = *options.id_rewrite;
  }
}

void apply_lang(const std::string& lang, Source& source) {
  if (lang.empty()) {
    return;
  }
  if (!source.langs.empty() && source.langs.count(lang) == 0) {
    std::string known;
    for (const auto& [code, value] : source.langs) {
      known += (known.empty() ? "" : ", ") + code;
    }
    throw Error(Fault::usage, fmt::format("--lang '{}': the source '{}' knows {}",
                                          printable(lang, 40), printable(source.name, 80), known));
  }
  source.default_lang = lang;
}

HttpConfig http_config(const SourceOptions& options) {
  HttpConfig http;
  http.ca_file = options.ca_file;
  http.insecure = options.insecure;
  http.proxy = options.proxy.value_or("");
  http.no_proxy = options.proxy.has_value() && options.proxy->empty();
  return http;
}

bool is_given(const SourceOptions& o) {
  return !o.source.empty() || !o.url.empty() || !o.method.empty() || !o.headers.empty() || o.body ||
         o.timeout || o.connect_timeout || o.max_body_bytes || o.redirect_other_origin ||
         !o.lang.empty() || !o.id_column.empty() || !o.key.empty() || !o.id_rule.empty() ||
         !o.id_pattern.empty() || o.id_rewrite;
}

// Refuses what would mix answers to different questions in one store.
void refuse_other_question(const Source& stored, const Source& wanted) {
  const auto as_it_is = [](std::string_view text) { return std::string(text); };
  using Show = std::string (*)(std::string_view);
  const auto differ = [](std::string_view what, const std::string& old, const std::string& now,
                         Show show) {
    if (old != now) {
      throw Error(
          Fault::usage,
          fmt::format("this store is in use with another {}: '{}', not '{}'. Give this work "
                      "a store of its own with --db PATH, or say --change-source to ask "
                      "differently from now on; answers that are there stay",
                      what, printable(show(old), 300), printable(show(now), 300)));
    }
  };
  if (stored.request.url.empty()) {
    return;  // nothing was asked yet
  }
  differ("URL", stored.request.url, wanted.request.url, masked_url);
  differ("method", stored.request.method, wanted.request.method, as_it_is);
  differ("request body", stored.request.body, wanted.request.body, masked_body);
  differ("key", stored.id.key, wanted.id.key, as_it_is);
}

bool is_given_again(const std::string& secret, const Source& source) {
  constexpr std::string_view kHeader = "header ";
  if (secret.rfind(kHeader, 0) == 0) {
    const std::string name = secret.substr(kHeader.size());
    return std::any_of(
        source.request.headers.begin(), source.request.headers.end(),
        [&name](const HeaderField& h) { return equals_ignoring_case(h.name, name); });
  }
  return secret == "auth client_secret" ? !source.auth.client_secret.empty()
                                        : !source.auth.value.empty();
}

Source base_source(const SourceOptions& options, const SourceFile& stored) {
  if (options.source.empty()) {
    return stored.source;
  }
  Source source = load_source(options.source).source;
  if (source.request.url.empty()) {
    source.request.url = stored.source.request.url;
    source.request.method = stored.source.request.method;
    source.request.body = stored.source.request.body;
  }
  const IdSpec& id = source.id;
  if (id.column.empty() && id.key.empty() && id.rule.empty() && id.pattern.empty()) {
    source.id = stored.source.id;
  }
  return source;
}

}  // namespace

void add_source_options(CommandOptions& add, SourceOptions& o) {
  add.group("What to ask");
  add.text(
      "--url", o.url,
      {"URL", "http(s)://host/path/{id}; {column} of the input too, percent-encoded in place"});
  add.text("--source", o.source,
           {"FILE|NAME", "A source file (TOML), or one that comes with dogged: prh, prh-v1"});
  add.text("-X,--method", o.method, {"METHOD", "HTTP method (GET; POST with -d)"});
  add.texts("-H,--header", o.headers,
            {"'NAME: VALUE'",
             "Request header, again and again; secrets as env:NAME, file:PATH or "
             "cmd:COMMAND; 'NAME:' takes one away"});
  add.text("-d,--data", o.body, {"TEXT", "Request body; {id} is filled in, escaped for JSON"});
  add.duration("--timeout", o.timeout, {"DURATION", "For a whole attempt, body included (60s)"},
               kLeastTimeout);
  add.duration("--connect-timeout", o.connect_timeout,
               {"DURATION", "Of that, until the connection stands (10s)"}, kLeastTimeout);
  add.parsed("--max-body",
             [&o](std::string_view text) {
               const Result<std::int64_t> size = parse_size(text);
               if (!size) {
                 return size.error();
               }
               o.max_body_bytes = size.value();
               return std::string();
             },
             {"SIZE", "Largest answer taken, in bytes after decompression (16M)"});
  add.text("--cacert", o.ca_file, {"FILE", "Trust these CAs, in PEM (the system's)"});
  add.flag("--insecure", o.insecure, "Do not verify certificates");
  add.text("--proxy", o.proxy,
           {"URL", "Proxy; '' for none (http_proxy, https_proxy, no_proxy of the environment)"});
  add.text("--user-agent", o.user_agent, {"TEXT", "User-Agent header (dogged/VERSION (+URL))"});
  add.flag("--redirect-other-origin", o.redirect_other_origin,
           "Follow redirects to other hosts too, without credentials (same origin only)");
  add.flag("--change-source", o.change_source,
           "Ask something else than this store was used for until now");
}

void add_id_options(CommandOptions& add, SourceOptions& o) {
  add.group("IDs");
  add.text("--id", o.id_column,
           {"COLUMN", "Column with the ID (the only one, else 'id', else where the rule fits)"});
  add.text("--key", o.key, {"TEMPLATE", "IDs of several columns: '{kind}/{id}'"});
  add.text(
      "--id-rule", o.id_rule,
      {"RULE",
       "finnish-business-id: mends hyphen, lost zeros and VAT numbers, checks the check digit"});
  add.text("--id-pattern", o.id_pattern, {"REGEX", "The whole ID must match this (RE2)"});
  add.text("--id-rewrite", o.id_rewrite,
           {"TEXT", "What the key is made from a match: '\\1-\\2' (the ID as it is)"});
}

void add_lang_option(CommandOptions& add, SourceOptions& o) {
  add.text("--lang", o.lang,
           {"CODE",
            "Language of the source's columns, as $lang in jq filters "
            "(the source's; prh: fi, sv, en)"});
}

ResolvedSource resolve_source(const SourceOptions& options,
                              const std::optional<std::string>& stored) {
  SourceFile kept;
  if (stored) {
    kept = parse_source(*stored, "the store's source");
  }
  ResolvedSource resolved;
  resolved.given = is_given(options);
  resolved.source = base_source(options, kept);
  apply_request(options, resolved.source);
  apply_id(options, resolved.source.id);
  apply_lang(options.lang, resolved.source);
  if (!options.change_source) {
    refuse_other_question(kept.source, resolved.source);
  }
  if (options.source.empty()) {
    std::copy_if(kept.left_out.begin(), kept.left_out.end(), std::back_inserter(resolved.left_out),
                 [&](const std::string& s) { return !is_given_again(s, resolved.source); });
  }
  resolved.http = http_config(options);
  resolved.user_agent = options.user_agent.empty()
                            ? fmt::format("dogged/{} (+{})", kVersion, kHomepage)
                            : options.user_agent;
  resolved.warnings = source_warnings(options, resolved.source);
  return resolved;
}

std::string lang_value(const Source& source) {
  const auto found = source.langs.find(source.default_lang);
  return found == source.langs.end() ? source.default_lang : found->second;
}

}  // namespace dogged
