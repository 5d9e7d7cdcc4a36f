// SPDX-License-Identifier: MIT
#include "job/url_template.h"

#include "base/json_document.h"
#include "base/text.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <utility>

namespace dogged {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_alphanumeric(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

// RFC 3986, section 2.3.
bool is_unreserved(char c) {
  return is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

// Section 2.2, and the percent sign of what is encoded already.
bool is_literal(char c) {
  return is_unreserved(c) || std::string_view(":/?#[]@!$&'()*+,;=%").find(c) != std::string::npos;
}

void append_percent_encoded(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  const auto b = static_cast<unsigned char>(c);
  out += '%';
  out += kHex[b >> 4U];
  out += kHex[b & 0xFU];
}

std::string encoded_literal(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_literal(c)) {
      out += c;
    } else {
      append_percent_encoded(out, c);
    }
  }
  return out;
}

struct RawPart {
  bool is_name;
  std::string text;
};

// Text and {name}s, with "{{" and "}}" turned into braces.
Result<std::vector<RawPart>> split(std::string_view text) {
  std::vector<RawPart> parts;
  std::string literal;
  const auto flush = [&] {
    if (!literal.empty()) {
      parts.push_back({false, std::exchange(literal, {})});
    }
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c != '{' && c != '}') {
      literal += c;
      continue;
    }
    if (i + 1 < text.size() && text[i + 1] == c) {
      literal += c;
      ++i;
      continue;
    }
    const std::size_t end = c == '{' ? text.find_first_of("{}", i + 1) : text.npos;
    if (end == text.npos || text[end] == '{') {
      return Failure{std::string("it has a single '") + c +
                     "'; write {name} for a column, {{ and }} for braces"};
    }
    if (end == i + 1) {
      return Failure{"it has a placeholder without a name: {}"};
    }
    flush();
    parts.push_back({true, std::string(text.substr(i + 1, end - i - 1))});
    i = end;
  }
  flush();
  return parts;
}

std::vector<std::string> names_of(const std::vector<RawPart>& parts) {
  std::vector<std::string> names;
  for (const RawPart& part : parts) {
    if (part.is_name && std::find(names.begin(), names.end(), part.text) == names.end()) {
      names.push_back(part.text);
    }
  }
  return names;
}

bool is_ipv6_address(std::string_view text) {
  in6_addr address{};
  return inet_pton(AF_INET6, std::string(text).c_str(), &address) == 1;
}

// As http/url.h takes it: what passed here and not there would fail job by job.
bool is_host_name(std::string_view text) {
  return text.size() <= 253 && std::all_of(text.begin(), text.end(), [](char c) {
           return is_alphanumeric(c) || c == '-' || c == '.' || c == '_';
         });
}

// What is wrong with the text between "//" and the path; empty: nothing.
std::string authority_fault(std::string_view authority) {
  if (authority.find('@') != authority.npos) {
    return "it holds a user or password before the host; say -H or [auth] instead";
  }
  if (authority.find_first_of("{}") != authority.npos) {
    return "a placeholder cannot stand in the host or port";
  }
  std::string_view host = authority;
  std::string_view port;
  const std::size_t bracket = authority.starts_with('[') ? authority.find(']') : 0;
  if (bracket == authority.npos) {
    return "the bracket of its IPv6 address is not closed";
  }
  if (const std::size_t colon = authority.find(':', bracket); colon != authority.npos) {
    host = authority.substr(0, colon);
    port = authority.substr(colon + 1);
    if (port.empty() || port.size() > 5 || !std::all_of(port.begin(), port.end(), is_digit) ||
        std::stoi(std::string(port)) == 0 || std::stoi(std::string(port)) > 65535) {
      return "its port is no number from 1 to 65535";
    }
  }
  const bool is_ipv6 = host.size() > 2 && bracket > 0 && bracket + 1 == host.size();
  const std::string_view name = is_ipv6 ? host.substr(1, host.size() - 2) : host;
  if (name.empty()) {
    return "it has no host";
  }
  if (!(is_ipv6 ? is_ipv6_address(name) : is_host_name(name))) {
    return "its host holds characters that no host name has (write international names in their "
           "xn-- form)";
  }
  return {};
}

// What is wrong with the literal text of path and query; empty: nothing.
std::string rest_fault(std::string_view literal) {
  if (literal.find('#') != literal.npos) {
    return "it has a fragment (#), which is never sent; write %23 for the character";
  }
  for (std::size_t i = literal.find('%'); i != literal.npos; i = literal.find('%', i + 1)) {
    if (i + 2 >= literal.size() || !is_hex(literal[i + 1]) || !is_hex(literal[i + 2])) {
      return "it has a % that encodes nothing; write %25 for the character";
    }
  }
  return {};
}

// Whether a path segment means "here" or "up", also in its encoded spelling.
bool is_dot_segment(std::string_view segment) {
  std::size_t dots = 0;
  while (!segment.empty()) {
    const bool encoded = segment.size() >= 3 && segment[0] == '%' && segment[1] == '2' &&
                         (segment[2] == 'e' || segment[2] == 'E');
    if (segment[0] != '.' && !encoded) {
      return false;
    }
    segment.remove_prefix(encoded ? 3 : 1);
    ++dots;
  }
  return dots == 1 || dots == 2;
}

// The path segments that a value is part of, as they are built.
class SegmentGuard {
 public:
  // Behind each piece of the path: whether a segment that is complete now is fine.
  bool take_literal(std::string_view text) {
    for (std::size_t slash = text.find('/'); slash != text.npos; slash = text.find('/')) {
      segment_ += text.substr(0, slash);
      if (!close()) {
        return false;
      }
      text.remove_prefix(slash + 1);
    }
    segment_ += text;
    return true;
  }
  void take_value(std::string_view text) {
    segment_ += text;
    has_value_ = true;
  }
  bool close() {
    const bool fine = !has_value_ || !is_dot_segment(segment_);
    segment_.clear();
    has_value_ = false;
    return fine;
  }

 private:
  std::string segment_;
  bool has_value_ = false;
};

Failure dot_segment_failure() {
  return Failure{"a path segment '.' or '..' would lead to another address"};
}

// What is wrong with a value wherever it stands; empty: nothing.
std::string value_fault(std::string_view name, std::string_view value) {
  if (value.find('\0') != value.npos) {
    return "the value of {" + printable(name) + "} holds a NUL byte";
  }
  if (!is_utf8(value)) {
    return "the value of {" + printable(name) + "} is not UTF-8";
  }
  return {};
}

Failure no_value(std::string_view name) {
  return Failure{"no column '" + printable(name) + "'"};
}

// JSON-escaped, without the quotes around it.
std::string json_escaped(std::string_view value) {
  const std::string quoted = json_string(value);
  return quoted.substr(1, quoted.size() - 2);
}

}  // namespace

std::string percent_encoded(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  for (const char c : value) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      append_percent_encoded(out, c);
    }
  }
  return out;
}

Result<UrlTemplate> UrlTemplate::parse(std::string_view text) {
  if (std::any_of(text.begin(), text.end(), is_control) || !is_utf8(text)) {
    return Failure{"it holds control characters or bytes that are not UTF-8"};
  }
  const std::size_t scheme = text.find("://");
  const std::string scheme_name = lower_case(text.substr(0, scheme == text.npos ? 0 : scheme));
  if (scheme_name != "http" && scheme_name != "https") {
    return Failure{"it must begin with http:// or https://"};
  }
  const std::size_t host = scheme + 3;
  const std::size_t path = std::min(text.find_first_of("/?#", host), text.size());
  if (std::string why = authority_fault(text.substr(host, path - host)); !why.empty()) {
    return Failure{why};
  }
  const auto rest = split(text.substr(path));
  if (!rest) {
    return Failure{rest.error()};
  }
  UrlTemplate url;
  url.text_ = text;
  url.names_ = names_of(rest.value());
  url.parts_.push_back(
      {Place::literal, scheme_name + "://" + std::string(text.substr(host, path - host))});
  bool in_query = false;
  if (path == text.size() || text[path] != '/') {
    url.parts_.push_back({Place::literal, "/"});
  }
  for (const RawPart& part : rest.value()) {
    if (part.is_name) {
      url.parts_.push_back({in_query ? Place::query : Place::path, part.text});
      continue;
    }
    if (std::string why = rest_fault(part.text); !why.empty()) {
      return Failure{why};
    }
    url.parts_.push_back({Place::literal, encoded_literal(part.text)});
    in_query = in_query || part.text.find('?') != std::string::npos;
  }
  return url;
}

Result<std::string> UrlTemplate::render(const Lookup& lookup) const {
  std::string url;
  SegmentGuard guard;
  bool in_path = true;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const Part& part = parts_[i];
    if (part.place == Place::literal) {
      url += part.text;
      if (i == 0 || !in_path) {
        continue;  // scheme and host, or the query
      }
      const std::string_view text = part.text;
      const std::size_t query = text.find('?');
      in_path = query == text.npos;
      if (!guard.take_literal(text.substr(0, query)) || (!in_path && !guard.close())) {
        return dot_segment_failure();
      }
      continue;
    }
    const std::optional<std::string> value = lookup(part.text);
    if (!value) {
      return no_value(part.text);
    }
    if (std::string fault = value_fault(part.text, *value); !fault.empty()) {
      return Failure{std::move(fault)};
    }
    if (part.place == Place::path && value->empty()) {
      return Failure{"the value of {" + printable(part.text) +
                     "} is empty, and stands in the path"};
    }
    const std::string encoded = percent_encoded(*value);
    url += encoded;
    guard.take_value(encoded);
  }
  if (in_path && !guard.close()) {
    return dot_segment_failure();
  }
  return url;
}

Result<TextTemplate> TextTemplate::parse(std::string_view text) {
  auto parts = split(text);
  if (!parts) {
    return Failure{parts.error()};
  }
  TextTemplate made;
  made.text_ = text;
  made.names_ = names_of(parts.value());
  for (RawPart& part : parts.value()) {
    made.parts_.push_back({part.is_name, std::move(part.text)});
  }
  return made;
}

Result<std::string> TextTemplate::render(const Lookup& lookup, Escape escape) const {
  std::string out;
  for (const Part& part : parts_) {
    if (!part.is_name) {
      out += part.text;
      continue;
    }
    const std::optional<std::string> value = lookup(part.text);
    if (!value) {
      return no_value(part.text);
    }
    if (escape == Escape::none) {
      out += *value;
      continue;
    }
    if (!is_utf8(*value)) {
      return Failure{"the value of {" + printable(part.text) + "} is not UTF-8"};
    }
    out += json_escaped(*value);
  }
  return out;
}

}  // namespace dogged
