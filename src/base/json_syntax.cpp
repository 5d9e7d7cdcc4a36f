// SPDX-License-Identifier: MIT
#include "base/json_syntax.h"

// All of RapidJSON stays in this file, in a namespace of its own: what these macros choose must not
// meet the same templates compiled elsewhere without them.
#define RAPIDJSON_NAMESPACE dogged_rapidjson
#define RAPIDJSON_NAMESPACE_BEGIN namespace dogged_rapidjson {
#define RAPIDJSON_NAMESPACE_END }
#if defined(__SSE2__)
#define RAPIDJSON_SSE2
#endif

#include "base/json_document.h"
#include "base/json_scan.h"

#include <fmt/format.h>
#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <cstring>
#include <new>

namespace dogged {
namespace {

namespace rj = dogged_rapidjson;

// Iterative: RapidJSON's other parser recurses, and an answer is not to be trusted with our stack.
constexpr unsigned kFlags =
    rj::kParseIterativeFlag | rj::kParseInsituFlag | rj::kParseNumbersAsStringsFlag;

// RapidJSON's allocator concept (its names). Its own gives null where there is no memory, and
// nobody looks.
class ThrowingAllocator {
 public:
  // NOLINTBEGIN(readability-identifier-naming)
  [[maybe_unused]] static const bool kNeedFree = true;
  static void* Malloc(std::size_t size) { return size == 0 ? nullptr : found(std::malloc(size)); }
  static void* Realloc(void* memory, std::size_t /*old_size*/, std::size_t size) {
    if (size == 0) {
      std::free(memory);
      return nullptr;
    }
    return found(std::realloc(memory, size));
  }
  static void Free(void* memory) { std::free(memory); }
  // NOLINTEND(readability-identifier-naming)

 private:
  static void* found(void* memory) {
    if (memory == nullptr) {
      throw std::bad_alloc();
    }
    return memory;
  }
};

// RapidJSON's handler concept (its names), turned into JsonEvents.
class Handler {
 public:
  // Numbers get their digits from `text`: those in `buffer` may be tamed.
  Handler(std::string& buffer, std::string_view text, JsonEvents& events)
      : buffer_(buffer), text_(text), events_(events) {}

  // NOLINTBEGIN(readability-identifier-naming)
  bool Null() {
    events_.null();
    return true;
  }
  bool Bool(bool truth) {
    events_.boolean(truth);
    return true;
  }
  // Numbers come as strings; the others are never called.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }
  bool RawNumber(const char* text, rj::SizeType length, bool) {
    const std::uint32_t at = offset(text);
    text_.copy(buffer_.data() + at, length, at);
    events_.number(at, length);
    return true;
  }
  bool String(const char* text, rj::SizeType length, bool) {
    events_.string(offset(text), length);
    return true;
  }
  bool Key(const char* text, rj::SizeType length, bool) {
    events_.string(offset(text), length);
    return true;
  }
  bool StartObject() {
    events_.begin(true);
    return true;
  }
  bool EndObject(rj::SizeType count) {
    events_.end(count);
    return true;
  }
  bool StartArray() {
    events_.begin(false);
    return true;
  }
  bool EndArray(rj::SizeType count) {
    events_.end(count);
    return true;
  }
  // NOLINTEND(readability-identifier-naming)

 private:
  std::uint32_t offset(const char* text) const {
    return static_cast<std::uint32_t>(text - buffer_.data());
  }

  std::string& buffer_;
  std::string_view text_;
  JsonEvents& events_;
};

std::string fault_at(std::string what, std::size_t offset, std::size_t size) {
  what.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(what.front())));
  while (!what.empty() && what.back() == '.') {
    what.pop_back();
  }
  return fmt::format("{} at byte {}{}", what, offset,
                     offset == size && size > 0 ? ", where the text ends" : "");
}

class NoEvents final : public JsonEvents {
 public:
  void restart() override {}
  void null() override {}
  void boolean(bool) override {}
  void number(std::uint32_t, std::uint32_t) override {}
  void string(std::uint32_t, std::uint32_t) override {}
  void begin(bool) override {}
  void end(std::uint32_t) override {}
};

// Where a control character stands that RapidJSON 1.1.0 overlooks, or npos: it compares sixteen
// bytes of a string at a time with 0x19 and not with 0x1F. Nowhere in JSON may one of them stand.
std::size_t overlooked_control(std::string_view text) {
  const auto overlooked = [](char c) { return c >= 0x1A && c <= 0x1F; };
  constexpr std::uint64_t kOnes = 0x0101010101010101U;
  std::size_t at = 0;
  for (std::uint64_t eight = 0; text.size() - at >= sizeof eight; at += sizeof eight) {
    std::memcpy(&eight, text.data() + at, sizeof eight);
    const bool has_control = ((eight - kOnes * 0x20) & ~eight & kOnes * 0x80) != 0;
    const std::string_view bytes = text.substr(at, sizeof eight);
    if (has_control && std::any_of(bytes.begin(), bytes.end(), overlooked)) {
      break;
    }
  }
  const auto* const found = std::find_if(text.begin() + at, text.end(), overlooked);
  return found == text.end() ? std::string_view::npos
                             : static_cast<std::size_t>(found - text.begin());
}

// One pass over `buffer`, a copy of `text`.
rj::ParseResult parse_once(std::string_view text, std::string& buffer, JsonEvents& events) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  buffer.reserve(buffer.size() + 16);  // the scanner reads 16 bytes at a time
  rj::InsituStringStream stream(buffer.data());
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
    stream.src_ += kByteOrderMark.size();
  }
  Handler handler(buffer, text, events);
  rj::GenericReader<rj::UTF8<>, rj::UTF8<>, ThrowingAllocator> reader;
  const rj::ParseResult result = reader.Parse<kFlags>(stream, handler);
  if (!result.IsError() && stream.Tell() != buffer.size()) {
    // A zero byte looks like the end to RapidJSON.
    return {rj::kParseErrorDocumentRootNotSingular, stream.Tell()};
  }
  return result;
}

}  // namespace

std::string parse_json(std::string_view text, std::string& buffer, JsonEvents& events) {
  if (text.size() > kMaxJsonBytes) {
    return "JSON text of more than 2 GiB";
  }
  if (const std::size_t at = utf8_fault(text); at != std::string_view::npos) {
    return fault_at("invalid UTF-8", at, std::string_view::npos);
  }
  if (const std::size_t at = overlooked_control(text); at != std::string_view::npos) {
    return fault_at("control character", at, std::string_view::npos);
  }
  buffer.assign(text);
  mend_surrogates(buffer);
  rj::ParseResult result = parse_once(text, buffer, events);
  if (result.Code() == rj::kParseErrorNumberTooBig) {
    events.restart();
    buffer.assign(text);
    mend_surrogates(buffer);
    tame_numbers(buffer);
    result = parse_once(text, buffer, events);
  }
  if (result.IsError()) {
    return fault_at(rj::GetParseError_En(result.Code()), result.Offset(), text.size());
  }
  return {};
}

std::string json_fault(std::string_view text) {
  if (text.size() <= kMaxJsonBytes && is_surely_json(text)) {
    return {};
  }
  std::string buffer;
  NoEvents events;
  return parse_json(text, buffer, events);
}

}  // namespace dogged
