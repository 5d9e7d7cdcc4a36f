// SPDX-License-Identifier: MIT
// Source files: read, kept in the store as TOML, and read again.
#include "base/error.h"
#include "base/text.h"
#include "cli/source_file.h"
#include "http/secret_reference.h"
#include "tests/fuzz/fuzz.h"

#include <algorithm>
#include <optional>

namespace dogged::fuzz {
namespace {

std::optional<SourceFile> read(std::string_view toml) {
  try {
    return parse_source(toml, "fuzz.toml");
  } catch (const Error& error) {
    require(error.fault() == Fault::usage, "a bad source file is the user's fault", error.what());
    require(std::string_view(error.what()).starts_with("fuzz.toml"), "a message names the file",
            error.what());
    require(printable(error.what(), 10'000) == error.what(), "messages are harmless", error.what());
    return std::nullopt;
  }
}

bool is_literal(const std::string& secret) {
  return !secret.empty() && !has_reference(secret);
}

// `source` as it is kept: without its literal secrets.
Source kept(Source source) {
  std::erase_if(source.request.headers, [](const HeaderField& header) {
    return is_credential_header(header.name) && is_literal(header.value);
  });
  // A header sent several times is kept as one list.
  std::stable_sort(source.request.headers.begin(), source.request.headers.end(),
                   [](const HeaderField& a, const HeaderField& b) { return a.name < b.name; });
  if (is_literal(source.auth.value)) {
    source.auth.value.clear();
  }
  if (is_literal(source.auth.client_secret)) {
    source.auth.client_secret.clear();
  }
  return source;
}

void same(const RequestSpec& a, const RequestSpec& b, std::string_view toml) {
  require(a.url == b.url && a.method == b.method && a.body == b.body, "the request stays", toml);
  require(a.headers == b.headers, "the headers stay", toml);
  require(a.timeout == b.timeout && a.connect_timeout == b.connect_timeout &&
              a.max_body_bytes == b.max_body_bytes &&
              a.redirect_other_origin == b.redirect_other_origin,
          "the bounds of a request stay", toml);
}

void same(const AuthSpec& a, const AuthSpec& b, std::string_view toml) {
  require(a.type == b.type && a.name == b.name && a.value == b.value && a.user == b.user,
          "[auth] stays", toml);
  require(a.token_url == b.token_url && a.client_id == b.client_id &&
              a.client_secret == b.client_secret && a.scope == b.scope,
          "[auth] of oauth2 stays", toml);
}

void same(const AnswerRule& a, const AnswerRule& b, std::string_view toml) {
  require(a.status == b.status && a.header == b.header && a.header_match == b.header_match &&
              a.pointer == b.pointer && a.exists == b.exists && a.equals == b.equals &&
              a.body == b.body && a.then == b.then,
          "an answer rule stays", toml);
}

void same(const Source& a, const Source& b, std::string_view toml) {
  require(a.name == b.name, "the name stays", toml);
  same(a.request, b.request, toml);
  same(a.auth, b.auth, toml);
  require(a.id.column == b.id.column && a.id.key == b.id.key && a.id.rule == b.id.rule &&
              a.id.pattern == b.id.pattern && a.id.rewrite == b.id.rewrite,
          "[id] stays", toml);
  require(a.limits.rate == b.limits.rate && a.limits.max_concurrency == b.limits.max_concurrency &&
              a.limits.quota == b.limits.quota && a.limits.leave == b.limits.leave,
          "[limits] stay", toml);
  require(a.answers.size() == b.answers.size(), "no answer rule is lost", toml);
  for (std::size_t i = 0; i < a.answers.size(); ++i) {
    same(a.answers[i], b.answers[i], toml);
  }
  require(a.columns == b.columns, "the columns stay", toml);
  require(a.default_lang == b.default_lang && a.langs == b.langs, "the languages stay", toml);
}

void require_no_secret(const SourceFile& file, const std::string& toml) {
  require(literal_secrets(file.source).empty(), "a stored source has no literal secret", toml);
}

}  // namespace

void one_input(std::string_view input) {
  const auto file = read(input);
  if (!file) {
    return;
  }
  const std::string toml = source_toml(file->source, file->left_out);
  const auto again = read(toml);
  require(again.has_value(), "a source that was written can be read", toml);
  same(kept(file->source), kept(again->source), toml);
  require_no_secret(*again, toml);
  require(again->left_out.size() == literal_secrets(file->source).size() + file->left_out.size(),
          "what was left out is named", toml);
  require(source_toml(again->source, again->left_out) == toml,
          "a source that was stored stays as it is", toml);
}

}  // namespace dogged::fuzz
