// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.h"
#include "http/http_client.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dogged {

inline constexpr std::size_t kMaxStatusLineBytes = 8 << 10;
inline constexpr std::size_t kMaxHeadBytes = 64 << 10;
inline constexpr std::size_t kMaxHeaders = 1000;

// How the end of a body is known (RFC 9112, section 6.3).
enum class Framing { none, length, chunked, until_close };

// The head of an answer: status line and headers, checked.
struct ResponseHead {
  int status = 0;
  std::vector<HttpHeader> headers;
  Framing framing = Framing::none;
  std::int64_t length = 0;  // with Framing::length
  bool keep_alive = false;  // whether the connection may carry another answer
};

// Looks for the end of a head in bytes that arrive bit by bit. Pure; a value.
class HeadScanner {
 public:
  enum class Found { whole, more, malformed };
  // `bytes`: all that has arrived since the head began, more at each call. Malformed as soon as it
  // cannot become a head any more: another protocol, or over the bounds.
  Found scan(std::string_view bytes);
  // After whole: the length of the head, its empty line included.
  std::size_t head_size() const { return scanned_; }
  // After malformed: why.
  const std::string& reason() const { return reason_; }
  // After malformed: whether it began as an answer of HTTP/1 does.
  bool is_http() const { return is_http_; }

 private:
  Found malformed(std::string reason);

  std::size_t scanned_ = 0;    // bytes of complete lines
  std::size_t looked_at_ = 0;  // no line feed between scanned_ and here
  std::string reason_;
  bool is_http_ = true;
};

// Takes a whole head apart (RFC 9112). `method` decides whether a body follows. Fails on whatever
// could be read in two ways: NUL or a bare CR, a header line that is none, two lengths, a length
// beside chunked, a coding that is not chunked. Folded lines are joined, a lone LF ends a line.
// Interim answers (1xx) come out like others, with Framing::none.
Result<ResponseHead> parse_head(std::string_view head, std::string_view method);

// The tokens of a comma-separated list header, over all headers of that name: "close", "gzip".
std::vector<std::string_view> list_values(const std::vector<HttpHeader>& headers,
                                          std::string_view name);

// Whether `text` is a token (RFC 9110, section 5.6.2): a method or a header's name.
bool is_token(std::string_view text);
// Whether `text` can stand as a header's value: no CR, LF or NUL.
bool is_header_value(std::string_view text);

}  // namespace dogged
