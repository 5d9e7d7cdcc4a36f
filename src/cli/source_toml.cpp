// SPDX-License-Identifier: MIT
#include "base/json_document.h"
#include "base/text.h"
#include "cli/share.h"
#include "cli/source_file.h"
#include "http/secret_reference.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace dogged {
namespace {

// JSON text as TOML: the same for texts, numbers, truth values and lists of them, but that TOML
// wants DEL escaped. (Our JSON writer does not escape the solidus, which TOML would refuse.)
std::string toml_of_json(std::string json) {
  for (std::size_t at = 0; (at = json.find('\x7f', at)) != std::string::npos;) {
    json.replace(at, 1, "\\u007F");
  }
  return json;
}

std::string toml_string(std::string_view text) {
  return toml_of_json(json_string(text));
}

// Texts of several lines as they are, where TOML's literal strings can hold them.
std::string readable(std::string_view text) {
  const auto is_odd = [](unsigned char c) {
    return (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f;
  };
  const bool plain = std::none_of(text.begin(), text.end(), is_odd);
  if (text.find('\n') == std::string_view::npos || !plain || !is_utf8(text) ||
      text.find("'''") != std::string_view::npos || text.back() == '\'') {
    return toml_string(text);
  }
  return fmt::format("'''\n{}'''", text);  // the first line end is not part of the text
}

// A key without quotes where TOML allows it.
std::string key_text(std::string_view key) {
  constexpr std::string_view kBare =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  const bool bare = !key.empty() && key.find_first_not_of(kBare) == std::string_view::npos;
  return bare ? std::string(key) : toml_string(key);
}

void put(std::string& out, std::string_view key, std::string_view value) {
  if (!value.empty()) {
    out += fmt::format("{} = {}\n", key, toml_string(value));
  }
}

bool is_literal_secret(const HeaderField& header) {
  return is_credential_header(header.name) && !header.value.empty() && !has_reference(header.value);
}

bool is_literal(const std::string& value) {
  return !value.empty() && !has_reference(value);
}

std::string kept(const std::string& secret) {
  return is_literal(secret) ? "" : secret;
}

std::string millis_text(Millis d) {
  return fmt::format("{}ms", d.count());
}

// As percent, where that is no other number when it is read.
std::string share_text(double share) {
  std::string percent = fmt::format("{}%", share * 100);
  const auto again = parse_share(percent);
  return again.ok() && again.value() == share ? percent : fmt::format("{}", share);
}

// A header that is sent several times is a list; its values stay together.
void put_headers(std::string& out, const std::vector<HeaderField>& headers) {
  std::vector<std::pair<std::string, std::vector<std::string>>> lines;
  for (const HeaderField& header : headers) {
    if (is_literal_secret(header)) {
      continue;
    }
    auto line = std::find_if(lines.begin(), lines.end(),
                             [&](const auto& l) { return l.first == header.name; });
    if (line == lines.end()) {
      line = lines.insert(line, {header.name, {}});
    }
    line->second.push_back(toml_string(header.value));
  }
  if (!lines.empty()) {
    out += "[request.headers]\n";
  }
  for (const auto& [name, values] : lines) {
    const bool one = values.size() == 1;
    out += one ? fmt::format("{} = {}\n", key_text(name), values.front())
               : fmt::format("{} = [{}]\n", key_text(name), fmt::join(values, ", "));
  }
}

void put_request(std::string& out, const RequestSpec& request) {
  const RequestSpec defaults;
  out += "\n[request]\n";
  put(out, "url", request.url);
  put(out, "method", request.method);
  if (!request.body.empty()) {
    out += fmt::format("body = {}\n", readable(request.body));
  }
  if (request.timeout != defaults.timeout) {
    put(out, "timeout", millis_text(request.timeout));
  }
  if (request.connect_timeout != defaults.connect_timeout) {
    put(out, "connect_timeout", millis_text(request.connect_timeout));
  }
  if (request.max_body_bytes != defaults.max_body_bytes) {
    out += fmt::format("max_body = {}\n", request.max_body_bytes);
  }
  if (request.redirect_other_origin) {
    out += "redirect_other_origin = true\n";
  }
  put_headers(out, request.headers);
}

void put_auth(std::string& out, const AuthSpec& auth) {
  if (auth.type == AuthType::none) {
    return;
  }
  out += "\n[auth]\n";
  switch (auth.type) {
    case AuthType::none:
      break;
    case AuthType::bearer:
      put(out, "type", "bearer");
      put(out, "token", kept(auth.value));
      break;
    case AuthType::basic:
      put(out, "type", "basic");
      put(out, "user", auth.user);
      put(out, "password", kept(auth.value));
      break;
    case AuthType::header:
    case AuthType::query:
      put(out, "type", auth.type == AuthType::header ? "header" : "query");
      put(out, "name", auth.name);
      put(out, "value", kept(auth.value));
      break;
    case AuthType::oauth2:
      put(out, "type", "oauth2");
      put(out, "token_url", auth.token_url);
      put(out, "client_id", auth.client_id);
      put(out, "client_secret", kept(auth.client_secret));
      put(out, "scope", auth.scope);
      break;
  }
}

void put_id(std::string& out, const IdSpec& id) {
  if (id.column.empty() && id.key.empty() && id.rule.empty() && id.pattern.empty()) {
    return;
  }
  out += "\n[id]\n";
  put(out, "column", id.column);
  put(out, "key", id.key);
  put(out, "rule", id.rule);
  put(out, "pattern", id.pattern);
  put(out, "rewrite", id.rewrite);
}

void put_limits(std::string& out, const LimitSpec& limits) {
  if (!limits.rate && !limits.max_concurrency && limits.quota.empty() && !limits.leave) {
    return;
  }
  out += "\n[limits]\n";
  if (limits.rate) {
    put(out, "rate", exact_rate(*limits.rate));
  }
  if (limits.max_concurrency) {
    out += fmt::format("max_concurrency = {}\n", *limits.max_concurrency);
  }
  put(out, "quota", limits.quota);
  if (limits.leave) {
    put(out, "leave", share_text(*limits.leave));
  }
}

void put_answer(std::string& out, const AnswerRule& rule) {
  out += "\n[[answer]]\n";
  std::string when;
  const auto add = [&when](std::string_view key, const std::string& value) {
    when += fmt::format("{}{} = {}", when.empty() ? "" : ", ", key, value);
  };
  if (rule.status) {
    add("status", std::to_string(*rule.status));
  }
  if (rule.header) {
    add("header", toml_string(*rule.header));
  }
  if (rule.header_match) {
    add("header_match", toml_string(*rule.header_match));
  }
  if (rule.pointer) {
    add("pointer", toml_string(*rule.pointer));
  }
  if (rule.exists) {
    add("exists", *rule.exists ? "true" : "false");
  }
  if (rule.equals) {
    add("equals", toml_of_json(*rule.equals));
  }
  if (rule.body) {
    add("body", toml_string(*rule.body));
  }
  out += fmt::format("when = {{ {} }}\nthen = {}\n", when, toml_string(word(rule.then)));
}

}  // namespace

std::vector<std::string> literal_secrets(const Source& source) {
  std::vector<std::string> names;
  for (const HeaderField& header : source.request.headers) {
    if (is_literal_secret(header)) {
      names.push_back("header " + header.name);
    }
  }
  if (source.auth.type != AuthType::none && is_literal(source.auth.value)) {
    names.emplace_back("auth value");
  }
  if (source.auth.type == AuthType::oauth2 && is_literal(source.auth.client_secret)) {
    names.emplace_back("auth client_secret");
  }
  return names;
}

std::string source_toml(const Source& source, const std::vector<std::string>& still_left_out) {
  std::string out;
  put(out, "name", source.name);
  std::vector<std::string> secrets = literal_secrets(source);
  secrets.insert(secrets.end(), still_left_out.begin(), still_left_out.end());
  if (!secrets.empty()) {
    out += "# Literal secrets are not kept; they must be given again.\nleft_out = [";
    for (std::size_t i = 0; i < secrets.size(); ++i) {
      out += (i == 0 ? "" : ", ") + toml_string(secrets[i]);
    }
    out += "]\n";
  }
  put_request(out, source.request);
  put_auth(out, source.auth);
  put_id(out, source.id);
  put_limits(out, source.limits);
  for (const AnswerRule& rule : source.answers) {
    put_answer(out, rule);
  }
  if (!source.columns.empty()) {
    out += "\n[columns]\n";
    for (const ColumnSpec& column : source.columns) {
      out += fmt::format("{} = {}\n", key_text(column.name), readable(column.expression));
    }
  }
  if (!source.langs.empty() || !source.default_lang.empty()) {
    out += "\n[lang]\n";
    put(out, "default", source.default_lang);
    for (const auto& [code, value] : source.langs) {
      out += fmt::format("{} = {}\n", key_text(code), toml_string(value));
    }
  }
  return out.front() == '\n' ? out.substr(1) : out;
}

}  // namespace dogged
