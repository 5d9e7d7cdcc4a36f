// SPDX-License-Identifier: MIT
#include "http/answer_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace dogged {

namespace {

using Kind = HttpFailure::Kind;

constexpr std::string_view kReadingHead = "waiting for the answer";
constexpr std::string_view kReadingBody = "reading the body";
// Interim answers in a row that are still no attempt to hold us.
constexpr int kMaxInterim = 20;

}  // namespace

InputBuffer::InputBuffer() {
  grow_to(kUsual);
}

void InputBuffer::clear() {
  begin_ = end_ = 0;
  if (capacity_ > kUsual) {
    grow_to(kUsual);
  }
}

char* InputBuffer::room() {
  if (begin_ > 0) {
    std::memmove(data_.get(), data_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == capacity_) {
    grow_to(capacity_ * 2);
  }
  return data_.get() + end_;
}

void InputBuffer::grow_to(std::size_t capacity) {
  auto larger = std::make_unique_for_overwrite<char[]>(capacity);
  if (end_ > 0) {
    std::memcpy(larger.get(), data_.get(), end_);
  }
  data_ = std::move(larger);
  capacity_ = capacity;
}

AnswerReader::AnswerReader(Connection& connection, InputBuffer& buffer, const TimeBudget& budget,
                           std::string_view method)
    : connection_(connection), buffer_(buffer), budget_(budget), method_(method) {
  buffer_.clear();
}

bool AnswerReader::fail(HttpFailure failure) {
  failure_ = std::move(failure);
  return false;
}

bool AnswerReader::fill(std::string_view doing, bool may_end) {
  char* to = buffer_.room();
  Io io = connection_.read(to, buffer_.room_size(), budget_.end());
  switch (io.status) {
    case Io::Status::ok:
      buffer_.filled(io.size);
      began_ = true;
      return true;
    case Io::Status::timed_out:
      return fail(budget_.timed_out(doing));
    case Io::Status::interrupted:
      return fail(interrupted_failure(doing));
    case Io::Status::end:
      if (may_end) {
        return false;
      }
      return fail({Kind::closed, fmt::format("the server closed the connection while {}", doing)});
    case Io::Status::reset:
      break;
  }
  return fail({Kind::closed, fmt::format("the connection broke while {}: {}", doing, io.reason)});
}

bool AnswerReader::read_one_head() {
  HeadScanner scanner;
  auto found = HeadScanner::Found::more;
  while (found == HeadScanner::Found::more) {
    found = scanner.scan(buffer_.bytes());
    if (found == HeadScanner::Found::more &&
        !fill(buffer_.empty() ? kReadingHead : "reading the head", false)) {
      return false;
    }
  }
  if (found == HeadScanner::Found::malformed) {
    no_answer_ = !scanner.is_http();
    return fail({Kind::malformed, scanner.reason()});
  }
  auto head = parse_head(buffer_.bytes().substr(0, scanner.head_size()), method_);
  if (!head.ok()) {
    return fail({Kind::malformed, head.error()});
  }
  head_ = std::move(head).value();
  buffer_.consume(scanner.head_size());
  return true;
}

ResponseHead* AnswerReader::read_head() {
  for (int interim = 0; interim <= kMaxInterim; ++interim) {
    if (!read_one_head()) {
      return nullptr;
    }
    if (head_.status == 101) {
      fail({Kind::malformed, "the server switched to another protocol (101)"});
      return nullptr;
    }
    if (head_.status >= 200) {
      left_ = head_.length;
      whole_ = head_.framing == Framing::none || (head_.framing == Framing::length && left_ == 0);
      return &head_;
    }
  }
  fail({Kind::malformed, fmt::format("over {} interim answers (1xx)", kMaxInterim)});
  return nullptr;
}

std::optional<std::size_t> AnswerReader::chunk_bytes_there() {
  for (;;) {
    const ChunkScanner::Found found = chunks_.next(buffer_.bytes());
    buffer_.consume(found.skip);
    switch (found.step) {
      case ChunkScanner::Step::data:
        return found.data;
      case ChunkScanner::Step::end:
        return 0;
      case ChunkScanner::Step::malformed:
        fail({Kind::malformed, "the body's chunks are broken"});
        return std::nullopt;
      case ChunkScanner::Step::more:
        if (!fill(kReadingBody, false)) {
          return std::nullopt;
        }
    }
  }
}

std::optional<std::size_t> AnswerReader::body_bytes_there() {
  if (whole_) {
    return 0;
  }
  if (left_ == 0 && head_.framing == Framing::chunked) {
    const auto there = chunk_bytes_there();
    left_ = static_cast<std::int64_t>(there.value_or(0));
    return there;
  }
  const bool until_close = head_.framing == Framing::until_close;
  if (buffer_.empty() && !fill(kReadingBody, until_close)) {
    return failure_ ? std::nullopt : std::optional<std::size_t>(0);
  }
  const std::size_t there = buffer_.bytes().size();
  return until_close ? there : std::min(there, static_cast<std::size_t>(left_));
}

std::optional<std::string_view> AnswerReader::read_body() {
  const auto there = body_bytes_there();
  if (!there || *there == 0) {
    whole_ = whole_ || there.has_value();
    return there ? std::optional(std::string_view()) : std::nullopt;
  }
  const std::string_view bytes = buffer_.bytes().substr(0, *there);
  buffer_.consume(bytes.size());
  if (head_.framing != Framing::until_close) {
    left_ -= static_cast<std::int64_t>(bytes.size());
    whole_ = head_.framing == Framing::length && left_ == 0;
  }
  return bytes;
}

}  // namespace dogged
