// SPDX-License-Identifier: MIT
#pragma once

#include "http/chunk_scanner.h"
#include "http/connection.h"
#include "http/head.h"
#include "http/http_client.h"
#include "http/time_budget.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace dogged {

// Bytes that came in and were not yet used. Holds a head of any allowed size, or a part of a body.
// One thread at a time.
class InputBuffer {
 public:
  InputBuffer();

  std::string_view bytes() const { return {data_.get() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }
  void consume(std::size_t n) { begin_ += n; }
  void clear();
  // Room for at least one byte more behind what there is; moves and grows as needed.
  char* room();
  std::size_t room_size() const { return capacity_ - end_; }
  void filled(std::size_t n) { end_ += n; }

 private:
  static constexpr std::size_t kUsual = 16 << 10;

  void grow_to(std::size_t capacity);

  std::unique_ptr<char[]> data_;  // not initialised, so that pages not reached cost nothing
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

// Reads one answer off a connection, within the attempt's time: the head, bounded and checked, then
// the body with its framing undone. Used once; one thread; all it is given must outlive it.
class AnswerReader {
 public:
  AnswerReader(Connection& connection, InputBuffer& buffer, const TimeBudget& budget,
               std::string_view method);

  // Skips interim answers. Nothing on failure.
  ResponseHead* read_head();
  // The next bytes of the body, valid until the next call; none at its end, nothing on failure.
  // Only after read_head.
  std::optional<std::string_view> read_body();

  const std::optional<HttpFailure>& failure() const { return failure_; }
  bool began() const { return began_; }
  // Whether the answer was read to its end and nothing came behind it.
  bool clean() const { return whole_ && buffer_.empty(); }
  bool whole() const { return whole_; }
  // Whether what came where an answer was to begin cannot be one.
  bool no_answer() const { return no_answer_; }

 private:
  bool fail(HttpFailure failure);
  // More bytes into the buffer. False at an end (with `may_end`) or failure.
  bool fill(std::string_view doing, bool may_end);
  // The next answer's head, interim ones too.
  bool read_one_head();
  // Makes sure that the buffer begins with body bytes; how many of them. 0 at the end.
  std::optional<std::size_t> body_bytes_there();
  std::optional<std::size_t> chunk_bytes_there();

  Connection& connection_;
  InputBuffer& buffer_;
  const TimeBudget& budget_;
  const std::string_view method_;

  ResponseHead head_;
  ChunkScanner chunks_;
  std::int64_t left_ = 0;  // of the body or the chunk
  bool began_ = false;
  bool no_answer_ = false;
  bool whole_ = false;
  std::optional<HttpFailure> failure_;
};

}  // namespace dogged
