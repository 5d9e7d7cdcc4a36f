// SPDX-License-Identifier: MIT
// How `dogged try` shows an answer. Pure.
#pragma once

#include "base/clock.h"
#include "engine/classify.h"
#include "http/http_client.h"
#include "table/column_set.h"

#include <string>
#include <string_view>
#include <vector>

namespace dogged {

// Whether a header says something of the server's limits: Retry-After, RateLimit*, X-RateLimit-*.
bool is_limit_header(std::string_view name);

// Status, outcome, limit headers and the columns' values, each a line. `columns` may be null: then
// the beginning of the body is shown.
std::vector<std::string> answer_lines(const HttpResult& result, const Verdict& verdict, Millis took,
                                      ColumnSet* columns);

// The same as an object: {"key","request","status","took_ms",...,"columns":{...}}, with the whole
// body in place of the columns where there are none. `request` is described, secrets hidden.
struct Asked {
  std::string key, request;
  Millis took{0};
};
std::string asked_json(const Asked& asked, const HttpResult& result, const Verdict& verdict,
                       ColumnSet* columns);

// `text` with every line behind `indent` blanks and made harmless for terminals.
std::string indented(std::string_view text, int indent);

}  // namespace dogged
