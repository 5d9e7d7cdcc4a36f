// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"
#include "base/units.h"
#include "job/answer_rule.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dogged {

struct HeaderField {
  std::string name;
  std::string value;  // may hold references: env:NAME, file:PATH, cmd:COMMAND (http/header_value.h)
  bool operator==(const HeaderField&) const = default;
};

// How requests are made. A larger timeout or max_body costs a slow job more time or memory, per
// connection.
struct RequestSpec {
  std::string url;  // a template: {key}, {id}, {column}; job/url_template.h
  std::string method = "GET";
  std::vector<HeaderField> headers;
  std::string body;                        // a template too; placeholders are JSON-escaped
  Millis timeout{60'000};                  // the whole attempt: name, connect, TLS, head and body
  Millis connect_timeout{10'000};          // of that, until the connection stands
  std::int64_t max_body_bytes = 16 << 20;  // after decompression
  bool redirect_other_origin = false;      // then without credentials
};

enum class AuthType { none, bearer, basic, header, query, oauth2 };

// `[auth]`. The values are references or literals; literals are never stored.
struct AuthSpec {
  AuthType type = AuthType::none;
  std::string name;                                        // of the header or query parameter
  std::string value;                                       // token, password, header or query value
  std::string user;                                        // basic
  std::string token_url, client_id, client_secret, scope;  // oauth2
};

// Which IDs are right, and how they are mended.
struct IdSpec {
  std::string column;   // empty: found as cli's help says
  std::string key;      // template of several columns, '{kind}/{id}'; else empty
  std::string rule;     // "finnish-business-id", or empty
  std::string pattern;  // RE2, whole ID; or empty
  std::string rewrite;  // RE2 replacement for pattern's match; or empty
};

struct LimitSpec {
  std::optional<Rate> rate;            // hard cap
  std::optional<int> max_concurrency;  // hard cap
  std::string quota;                   // "100000/day@00:00 Europe/Helsinki", or empty
  std::optional<double> leave;         // 0..1: stay that far below what the server announces
};

// A column that the export adds: a JSON pointer ("" or "/a/0/b") or a jq filter (".a[0]").
struct ColumnSpec {
  std::string name;
  std::string expression;
  bool operator==(const ColumnSpec&) const = default;
};

// What to ask and how to read the answers: a source file, flags, or both. Plain data, kept in the
// store as TOML text without secrets (cli/source_file.h).
struct Source {
  std::string name;
  RequestSpec request;
  AuthSpec auth;
  IdSpec id;
  LimitSpec limits;
  std::vector<AnswerRule> answers;
  std::vector<ColumnSpec> columns;
  std::string default_lang;                  // value of --lang where none is given
  std::map<std::string, std::string> langs;  // --lang fi -> "1", which jq filters see as $lang
};

}  // namespace dogged
