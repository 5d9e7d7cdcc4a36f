// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dogged {

// A URL, or a text, with {name} in it. In a URL a value is percent-encoded for the place it stands
// in: only unreserved characters (RFC 3986, section 2.3) stay, so that a value can never add a path
// segment, a parameter, a header or a host. "{{" and "}}" stand for braces.
// Immutable after parse; any thread.
class UrlTemplate {
 public:
  using Lookup = std::function<std::optional<std::string>(std::string_view name)>;

  // Fails with what is wrong, without the text itself, which may hold a secret, on: no http:// or
  // https://, a placeholder in scheme, user, host or port, unbalanced braces, an empty name,
  // user:password@ (say -H or [auth] instead), a fragment, control characters, a percent sign that
  // encodes nothing. What a URL may not hold as it is (spaces, non-ASCII, braces) is
  // percent-encoded in the literal text too; an empty path becomes "/".
  static Result<UrlTemplate> parse(std::string_view text);

  // The names in order of appearance, each once.
  const std::vector<std::string>& names() const { return names_; }

  // Fails where lookup gives nothing ("no column 'kind'"), or a value cannot stand in a URL at that
  // place: empty in the path, a path segment "." or "..", not UTF-8, a NUL byte.
  Result<std::string> render(const Lookup& lookup) const;

  const std::string& text() const { return text_; }

 private:
  enum class Place { literal, path, query };
  struct Part {
    Place place;
    std::string text;  // literal characters, ready to be sent, or the name
  };
  std::string text_;
  std::vector<Part> parts_;
  std::vector<std::string> names_;
};

// '{kind}/{id}' for keys, and request bodies: the same placeholders with no encoding (`json`:
// values are escaped to stand inside a JSON string).
class TextTemplate {
 public:
  using Lookup = UrlTemplate::Lookup;
  static Result<TextTemplate> parse(std::string_view text);
  const std::vector<std::string>& names() const { return names_; }
  enum class Escape { none, json };
  Result<std::string> render(const Lookup& lookup, Escape escape) const;
  const std::string& text() const { return text_; }

 private:
  struct Part {
    bool is_name;
    std::string text;
  };
  std::string text_;
  std::vector<Part> parts_;
  std::vector<std::string> names_;
};

// Percent-encodes everything but RFC 3986's unreserved characters.
std::string percent_encoded(std::string_view value);

}  // namespace dogged
