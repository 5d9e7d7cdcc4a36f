// SPDX-License-Identifier: MIT
#include "table/line_reader.h"

#include "base/text.h"

#include <algorithm>

namespace dogged {

bool LineReader::next(std::string& line) {
  while (next_line(line)) {
    if (too_long_ || !trimmed(line).empty()) {
      return true;
    }
  }
  return false;
}

bool LineReader::next_line(std::string& line) {
  too_long_ = false;
  line.clear();
  for (bool any = false;;) {
    const std::size_t end = buffer_.find('\n', begin_);
    const std::size_t stop = end == std::string::npos ? buffer_.size() : end;
    const std::size_t room = kMaxLineBytes - line.size();
    too_long_ = too_long_ || stop - begin_ > room;
    line.append(buffer_, begin_, std::min(stop - begin_, room));
    any = any || stop > begin_ || end != std::string::npos;
    begin_ = end == std::string::npos ? stop : end + 1;
    if (end != std::string::npos || !read_more()) {
      number_ += any ? 1 : 0;
      if (line.ends_with('\r')) {
        line.pop_back();
      }
      return any;
    }
  }
}

bool LineReader::read_more() {
  if (!text_.read(piece_)) {
    return false;
  }
  buffer_.swap(piece_);
  begin_ = 0;
  return true;
}

}  // namespace dogged
