// SPDX-License-Identifier: MIT
#pragma once

#include "table/input_text.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace dogged {

// The lines of a text, one at a time; a line over kMaxLineBytes is cut and said to be. Ends of
// lines are LF or CRLF. One thread; the text must outlive it.
class LineReader {
 public:
  static constexpr std::size_t kMaxLineBytes = 1 << 20;
  explicit LineReader(InputText& text) : text_(text) {}

  // The next line that is not blank, without its end; false: there is none.
  bool next(std::string& line);
  std::int64_t number() const { return number_; }  // of the line that next() gave, from 1
  bool too_long() const { return too_long_; }      // whether that line was cut

 private:
  bool next_line(std::string& line);
  bool read_more();

  InputText& text_;
  std::string buffer_;
  std::string piece_;
  std::size_t begin_ = 0;  // of the next line in buffer_
  std::int64_t number_ = 0;
  bool too_long_ = false;
};

}  // namespace dogged
