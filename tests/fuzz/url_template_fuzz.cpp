// SPDX-License-Identifier: MIT
// URL templates of the user's, filled with the values of a list: a value stays in its place.
#include "base/json_document.h"
#include "base/text.h"
#include "http/url.h"
#include "job/url_template.h"
#include "tests/fuzz/fuzz.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace dogged::fuzz {
namespace {

using Values = std::map<std::string, std::string, std::less<>>;

UrlTemplate::Lookup lookup_in(const Values& values) {
  return [&values](std::string_view name) -> std::optional<std::string> {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
}

int hex(char c) {
  const char lower = static_cast<char>(c | 0x20);
  return c >= '0' && c <= '9' ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
      out += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

// Path and query of a URL that names its host.
std::string_view behind_host(std::string_view url) {
  const std::size_t host = url.find("://") + 3;
  return url.substr(std::min(url.find_first_of("/?#", host), url.size()));
}

// What divides a URL into parts, in order.
std::string structure(std::string_view url) {
  std::string marks;
  std::copy_if(url.begin(), url.end(), std::back_inserter(marks),
               [](char c) { return std::string_view("/?#&=@:;").find(c) != std::string::npos; });
  return marks;
}

void require_sendable(const std::string& url, const std::string& harmless) {
  require(std::all_of(url.begin(), url.end(),
                      [](char c) {
                        return c > ' ' && c < '\x7f' &&
                               std::string_view("\"<>\\^`{|}").find(c) == std::string::npos;
                      }),
          "a URL holds what a URL may hold", url);
  const auto parsed = parse_url(url);
  require(parsed.ok(), "what a template renders is a URL", url);
  const auto other = parse_url(harmless);
  require(other.ok() && parsed.value().same_origin(other.value()), "a value moves no host", url);
  require(structure(url) == structure(harmless), "a value adds no segment and no parameter", url);
}

// The literal text and the values, nothing else, stand in the URL.
void require_same_text(std::string_view text, const std::string& url, const Values& values) {
  const std::string_view rest = behind_host(text);
  if (!rest.starts_with('/')) {
    return;
  }
  const auto plain = TextTemplate::parse(rest);
  require(plain.ok(), "a URL template is a text template", text);
  Values encoded;
  for (const auto& [name, value] : values) {
    encoded[name] = percent_encoded(value);
    require(percent_decoded(encoded[name]) == value, "encoding loses nothing", value);
  }
  const auto wanted = plain.value().render(lookup_in(encoded), TextTemplate::Escape::none);
  require(wanted.ok() && percent_decoded(wanted.value()) == percent_decoded(behind_host(url)),
          "a URL says what template and values say", url);
}

void try_url(std::string_view text, Parts rest) {
  const auto url = UrlTemplate::parse(text);
  if (!url) {
    require(printable(url.error(), 10'000) == url.error(), "messages are harmless", url.error());
    return;
  }
  Values values;
  Values harmless;
  for (const std::string& name : url.value().names()) {
    values[name] = rest.line();
    harmless[name] = "x";
  }
  const auto plain = url.value().render(lookup_in(harmless));
  const auto rendered = url.value().render(lookup_in(values));
  if (!rendered) {
    require(printable(rendered.error(), 10'000) == rendered.error(), "messages are harmless",
            rendered.error());
    return;
  }
  // "." and "x" may stand together in a segment that means something else than the value does.
  if (plain.ok()) {
    require_sendable(rendered.value(), plain.value());
  }
  require_same_text(text, rendered.value(), values);
}

// A value cannot end the JSON string that it stands in.
void try_body(std::string_view value) {
  const auto body = TextTemplate::parse(R"({{"v":"a{x}b{x}","w":1}})");
  const auto rendered =
      body.value().render(lookup_in({{"x", std::string(value)}}), TextTemplate::Escape::json);
  require(rendered.ok() == is_utf8(value), "UTF-8 can stand in JSON, and nothing else", value);
  if (!rendered) {
    return;
  }
  JsonDocument json;
  require(json.parse(rendered.value()).ok(), "a value leaves JSON valid", rendered.value());
  const auto v = json.find("/v");
  require(v && json.text(*v) == fmt::format("a{0}b{0}", value), "JSON says what the value says",
          value);
  require(json.find("/w").has_value() && json.node(0).count == 2, "a value adds no member", value);
}

}  // namespace

void one_input(std::string_view input) {
  Parts parts(input);
  const std::string_view text = parts.line();
  try_body(parts.rest());
  try_url(text, parts);
}

}  // namespace dogged::fuzz
