// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.h"
#include "http/http_client.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dogged {

// Undoes one content coding as bytes arrive. One thread at a time.
class ContentDecoder {
 public:
  enum class Status { ok, too_large, broken };

  virtual ~ContentDecoder() = default;
  // Appends what `bytes` decode to; too_large as soon as `out` would grow past `max_bytes`, with no
  // more than that in memory.
  virtual Status decode(std::string_view bytes, std::string& out, std::size_t max_bytes) = 0;
  // Whether the stream has come to its own end: without it a body was cut off.
  virtual bool ended() const = 0;
};

// The body of an answer: undoes its Content-Encoding (gzip, deflate, br) and counts it against the
// cap after that, so that a bomb takes no memory. cpp-httplib's decoding is not used because it
// takes a truncated gzip stream for a whole one. One thread at a time.
class BodyCollector {
 public:
  using Status = ContentDecoder::Status;

  // Fails where the coding is one that was not asked for.
  static Result<BodyCollector> make(const std::vector<HttpHeader>& headers, std::int64_t max_bytes);

  Status add(std::string_view bytes);
  // Call after the last byte: false where the coded stream was cut off.
  bool whole() const;
  // Whether a body of so many bytes as sent is over the cap for sure.
  bool surely_too_large(std::int64_t length) const;
  // Makes room for a body of that length, within reason: the length is the server's word.
  void expect(std::int64_t length);
  std::string take() { return std::move(body_); }

 private:
  explicit BodyCollector(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  std::size_t max_bytes_;
  std::unique_ptr<ContentDecoder> decoder_;  // none: the body is as sent
  bool empty_ = true;                        // nothing was sent
  std::string body_;
};

}  // namespace dogged
