// SPDX-License-Identifier: MIT
#include "http/head.h"

#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace dogged {

namespace {

constexpr std::string_view kProtocol = "HTTP/1.";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

constexpr std::array<bool, 256> make_token_table() {
  std::array<bool, 256> table{};
  for (int c = 0; c < 256; ++c) {
    table[static_cast<std::size_t>(c)] =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}

constexpr std::array<bool, 256> kTokenBytes = make_token_table();

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && is_blank(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

// The next line without its end, or nothing where it holds a NUL or a bare CR.
std::optional<std::string_view> take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  if (!line.empty() && line.back() == '\r') {
    line.remove_suffix(1);
  }
  if (line.find('\r') != std::string_view::npos || line.find('\0') != std::string_view::npos) {
    return std::nullopt;
  }
  return line;
}

struct StatusLine {
  int status;
  bool http_1_0;
};

std::optional<StatusLine> parse_status_line(std::string_view line) {
  const std::size_t size = kProtocol.size() + 5;  // "HTTP/1.1 200"
  if (line.size() < size || line.substr(0, kProtocol.size()) != kProtocol) {
    return std::nullopt;
  }
  const char minor = line[kProtocol.size()];
  const std::string_view digits = line.substr(kProtocol.size() + 2, 3);
  const bool fits = (minor == '0' || minor == '1') && line[kProtocol.size() + 1] == ' ' &&
                    std::all_of(digits.begin(), digits.end(), is_digit) && digits[0] != '0' &&
                    (line.size() == size || line[size] == ' ');
  if (!fits) {
    return std::nullopt;
  }
  const int status = (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
  return StatusLine{status, minor == '0'};
}

// Nothing on success, else why the line is no header.
std::optional<std::string> add_header(std::string_view line, std::vector<HttpHeader>& headers) {
  if (is_blank(line[0])) {
    if (headers.empty()) {
      return "the first header line is a continuation";
    }
    const std::string_view more = without_blanks(line);
    if (!more.empty()) {
      headers.back().value += ' ';
      headers.back().value += more;
    }
    return std::nullopt;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
    return fmt::format("\"{}\" is no header line", printable(line, 60));
  }
  if (headers.size() == kMaxHeaders) {
    return fmt::format("the head has over {} headers", kMaxHeaders);
  }
  headers.push_back(
      {std::string(line.substr(0, colon)), std::string(without_blanks(line.substr(colon + 1)))});
  return std::nullopt;
}

std::optional<std::int64_t> parse_length(std::string_view digits) {
  if (digits.empty() || digits.size() > 18 ||
      !std::all_of(digits.begin(), digits.end(), is_digit)) {
    return std::nullopt;
  }
  std::int64_t length = 0;
  for (const char c : digits) {
    length = length * 10 + (c - '0');
  }
  return length;
}

// Where the body ends, as the head says. Nothing on success, else what is wrong.
std::optional<std::string> set_framing(ResponseHead& head) {
  const auto codings = list_values(head.headers, "Transfer-Encoding");
  const auto lengths = list_values(head.headers, "Content-Length");
  if (!codings.empty()) {
    if (!lengths.empty()) {
      return "it has both Content-Length and Transfer-Encoding";
    }
    if (codings.size() != 1 || !equals_ignoring_case(codings[0], "chunked")) {
      return fmt::format("it has an unknown Transfer-Encoding, \"{}\"", printable(codings[0], 40));
    }
    head.framing = Framing::chunked;
    return std::nullopt;
  }
  if (lengths.empty()) {
    head.framing = Framing::until_close;
    return std::nullopt;
  }
  const auto length = parse_length(lengths[0]);
  if (!length || std::any_of(lengths.begin(), lengths.end(),
                             [&](std::string_view other) { return other != lengths[0]; })) {
    return "its Content-Length is no single number";
  }
  head.framing = Framing::length;
  head.length = *length;
  return std::nullopt;
}

bool may_keep_alive(const ResponseHead& head, bool http_1_0) {
  bool keep = !http_1_0;
  for (const std::string_view token : list_values(head.headers, "Connection")) {
    if (equals_ignoring_case(token, "close")) {
      return false;
    }
    keep = keep || equals_ignoring_case(token, "keep-alive");
  }
  // RFC 9112, section 6.1: chunked in HTTP/1.0 is a sign of a broken chain of proxies.
  return keep && !(http_1_0 && head.framing == Framing::chunked);
}

}  // namespace

HeadScanner::Found HeadScanner::malformed(std::string reason) {
  reason_ = std::move(reason);
  return Found::malformed;
}

HeadScanner::Found HeadScanner::scan(std::string_view bytes) {
  const std::size_t known = std::min(bytes.size(), kProtocol.size());
  if (bytes.substr(0, known) != kProtocol.substr(0, known)) {
    is_http_ = false;
    return malformed(
        fmt::format("the answer is not HTTP/1: it begins \"{}\"", printable(bytes, 40)));
  }
  for (;;) {
    const std::size_t end = bytes.find('\n', looked_at_);
    const std::size_t line_end = std::min(end, bytes.size());
    if (scanned_ == 0 && line_end > kMaxStatusLineBytes) {
      return malformed("the status line is longer than 8 KB");
    }
    if (line_end >= kMaxHeadBytes) {
      return malformed("the head is larger than 64 KB");
    }
    if (end == std::string_view::npos) {
      looked_at_ = bytes.size();
      return Found::more;
    }
    const std::string_view line = bytes.substr(scanned_, end - scanned_);
    scanned_ = looked_at_ = end + 1;
    if (line.empty() || line == "\r") {
      return Found::whole;
    }
  }
}

Result<ResponseHead> parse_head(std::string_view text, std::string_view method) {
  const auto first = take_line(text);
  const auto status = first ? parse_status_line(*first) : std::nullopt;
  if (!status) {
    return Failure{fmt::format("the status line is broken: \"{}\"",
                               printable(first.value_or("control characters"), 60))};
  }
  ResponseHead head;
  head.status = status->status;
  head.headers.reserve(16);
  for (;;) {
    const auto line = take_line(text);
    if (!line) {
      return Failure{"a header line holds a NUL or a bare CR"};
    }
    if (line->empty()) {
      break;
    }
    if (auto wrong = add_header(*line, head.headers)) {
      return Failure{"the head is broken: " + *wrong};
    }
  }
  if (auto wrong = set_framing(head)) {
    return Failure{"the head is broken: " + *wrong};
  }
  head.keep_alive = may_keep_alive(head, status->http_1_0);
  const bool interim = head.status < 200;
  if (interim || head.status == 204 || head.status == 304 || method == "HEAD") {
    // A 204 that announces a body is likely to send it, too late for us to see it before the next
    // request: such a connection is not used again.
    const bool announced = head.framing == Framing::chunked || head.length > 0;
    head.keep_alive = head.keep_alive && !(head.status == 204 && announced);
    head.framing = Framing::none;
    head.length = 0;
  } else if (head.framing == Framing::until_close) {
    head.keep_alive = false;
  }
  return head;
}

std::vector<std::string_view> list_values(const std::vector<HttpHeader>& headers,
                                          std::string_view name) {
  std::vector<std::string_view> values;
  for (const HttpHeader& header : headers) {
    if (header.name.size() != name.size() || !equals_ignoring_case(header.name, name)) {
      continue;
    }
    std::string_view rest = header.value;
    while (true) {
      const std::size_t comma = rest.find(',');
      values.push_back(without_blanks(rest.substr(0, comma)));
      if (comma == std::string_view::npos) {
        break;
      }
      rest.remove_prefix(comma + 1);
    }
  }
  return values;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return kTokenBytes[static_cast<unsigned char>(c)];
  });
}

bool is_header_value(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

}  // namespace dogged
