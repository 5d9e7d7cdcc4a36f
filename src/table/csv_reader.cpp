// SPDX-License-Identifier: MIT
#include "table/csv_reader.h"

#include <algorithm>

namespace dogged {
namespace {

constexpr const char* kTooLong = "the record is over 1 MB (is a quote never closed?)";
constexpr const char* kNeverClosed = "a quote is opened and never closed";
constexpr const char* kBehindQuote = "text stands behind a closing quote";

bool is_line_end(char c) {
  return c == '\n' || c == '\r';
}

// `text` cut to the most that is kept of a record, between characters.
std::string_view cut(std::string_view text) {
  if (text.size() <= CsvReader::kMaxRecordBytes) {
    return text;
  }
  std::size_t end = CsvReader::kMaxRecordBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) {
    --end;
  }
  return text.substr(0, end);
}

std::int64_t line_ends_in(std::string_view text) {
  std::int64_t n = std::count(text.begin(), text.end(), '\n');
  for (std::size_t i = text.find('\r'); i != text.npos; i = text.find('\r', i + 1)) {
    n += i + 1 < text.size() && text[i + 1] == '\n' ? 0 : 1;
  }
  return n;
}

}  // namespace

CsvReader::CsvReader(char delimiter) : delimiter_(delimiter) {}

void CsvReader::feed(std::string_view text) {
  consumed_ += begin_;
  buffer_.erase(0, begin_);
  begin_ = 0;
  buffer_ += text;
}

void CsvReader::finish() {
  finished_ = true;
}

bool CsvReader::next(CsvRecord& record) {
  if (skipping_line_ && !skip_rest_of_line()) {
    return false;
  }
  if (!skip_line_ends() || begin_ == buffer_.size()) {
    return false;
  }
  std::size_t end = begin_;
  switch (scan(record, end)) {
    case Scan::whole:
      return take(record, end);
    case Scan::broken:
      return take_broken_line(record);
    case Scan::need_more:
      break;
  }
  if (buffer_.size() - begin_ > kMaxRecordBytes) {
    fault_ = kTooLong;
    return take_broken_line(record);
  }
  return false;
}

CsvReader::Scan CsvReader::scan(CsvRecord& record, std::size_t& at) {
  std::size_t count = 0;
  quoted_line_ends_.clear();
  for (;; ++at) {
    if (count == record.cells.size()) {
      record.cells.emplace_back();
    }
    const Scan scan = scan_cell(record.cells[count], at);
    if (scan != Scan::whole) {
      return scan;
    }
    ++count;
    if (at == buffer_.size() || buffer_[at] != delimiter_) {
      break;
    }
  }
  record.cells.resize(count);
  if (at - begin_ > kMaxRecordBytes) {
    fault_ = kTooLong;
    return Scan::broken;
  }
  return Scan::whole;
}

CsvReader::Scan CsvReader::scan_cell(std::string& cell, std::size_t& at) {
  if (at < buffer_.size() && buffer_[at] == '"') {
    return scan_quoted(cell, at);
  }
  const char* const from = buffer_.data() + at;
  const char* const end = buffer_.data() + buffer_.size();
  const char* p = from;
  while (p != end && *p != delimiter_ && !is_line_end(*p)) {
    ++p;
  }
  if (p == end && !finished_) {
    return Scan::need_more;
  }
  cell.assign(from, p);
  at += static_cast<std::size_t>(p - from);
  return Scan::whole;
}

CsvReader::Scan CsvReader::scan_quoted(std::string& cell, std::size_t& at) {
  cell.clear();
  for (std::size_t from = at + 1;;) {
    const std::size_t quote = buffer_.find('"', from);
    if (joins_broken_record(from, std::min(quote, buffer_.size()))) {
      fault_ = kNeverClosed;
      return Scan::broken;
    }
    if (quote == buffer_.npos || quote - begin_ > kMaxRecordBytes) {
      fault_ = quote == buffer_.npos ? kNeverClosed : kTooLong;
      return finished_ || quote != buffer_.npos ? Scan::broken : Scan::need_more;
    }
    cell.append(buffer_, from, quote - from);
    at = quote + 1;
    if (at == buffer_.size()) {
      return finished_ ? Scan::whole : Scan::need_more;
    }
    if (buffer_[at] != '"') {
      break;
    }
    cell += '"';
    from = at + 1;
  }
  if (buffer_[at] != delimiter_ && !is_line_end(buffer_[at])) {
    fault_ = kBehindQuote;
    return Scan::broken;
  }
  return Scan::whole;
}

// Notes the first line end of the quoted text from `from` to `to`. Whether the record goes on from
// there as the broken one did.
bool CsvReader::joins_broken_record(std::size_t from, std::size_t to) {
  const std::size_t length = std::string_view(buffer_).substr(from, to - from).find('\n');
  if (length == std::string_view::npos) {
    return false;
  }
  const std::uint64_t line_end = consumed_ + from + length;
  quoted_line_ends_.push_back(line_end);
  return std::binary_search(broken_line_ends_.begin(), broken_line_ends_.end(), line_end);
}

bool CsvReader::take(CsvRecord& record, std::size_t end) {
  std::size_t behind = end;
  if (end < buffer_.size()) {
    behind = behind_line_end(end);
    if (behind == end) {
      return false;
    }
  }
  record.line = line_;
  record.text.assign(buffer_, begin_, end - begin_);
  record.fault.clear();
  line_ += 1 + line_ends_in(record.text);
  begin_ = behind;
  return true;
}

bool CsvReader::take_broken_line(CsvRecord& record) {
  const std::string_view rest = std::string_view(buffer_).substr(begin_);
  const std::size_t length = std::min(rest.find_first_of("\r\n"), rest.size());
  const bool ended = length < rest.size();
  std::size_t behind = begin_ + length;
  if (ended) {
    behind = behind_line_end(behind);
  }
  if (behind == begin_ + length && !finished_ && (ended || length <= kMaxRecordBytes)) {
    return false;  // the line's end is still to come
  }
  record.line = line_;
  record.cells.clear();
  record.text = cut(rest.substr(0, length));
  record.fault = fault_;
  if (broken_line_ends_.empty() || quoted_line_ends_.empty() ||
      quoted_line_ends_.back() > broken_line_ends_.back()) {
    broken_line_ends_.swap(quoted_line_ends_);
  }
  begin_ = behind;
  if (ended) {
    ++line_;
  } else {
    skipping_line_ = true;
  }
  return true;
}

bool CsvReader::skip_line_ends() {
  while (begin_ < buffer_.size() && is_line_end(buffer_[begin_])) {
    const std::size_t behind = behind_line_end(begin_);
    if (behind == begin_) {
      return false;
    }
    begin_ = behind;
    ++line_;
  }
  return true;
}

bool CsvReader::skip_rest_of_line() {
  begin_ = std::min(buffer_.find_first_of("\r\n", begin_), buffer_.size());
  if (begin_ == buffer_.size()) {
    return false;
  }
  const std::size_t behind = behind_line_end(begin_);
  if (behind == begin_) {
    return false;
  }
  begin_ = behind;
  ++line_;
  skipping_line_ = false;
  return true;
}

std::size_t CsvReader::behind_line_end(std::size_t at) const {
  if (buffer_[at] == '\n') {
    return at + 1;
  }
  if (at + 1 == buffer_.size()) {
    return finished_ ? at + 1 : at;
  }
  return buffer_[at + 1] == '\n' ? at + 2 : at + 1;
}

}  // namespace dogged
