// SPDX-License-Identifier: MIT
#include "store/sqlite/spill.h"

#include "base/error.h"
#include "base/system_error.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace dogged::sqlite {
namespace {

using RecordSize = std::uint32_t;

int make_file(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    const int error = errno;
    throw Error(Fault::store_unavailable,
                fmt::format("cannot make {} for the import: {}", path, reason_and_remedy(error)));
  }
  return descriptor;
}

}  // namespace

SpillFile::SpillFile(std::string path) : path_(std::move(path)), descriptor_(make_file(path_)) {}

SpillFile::~SpillFile() {
  ::close(descriptor_);
}

std::uint64_t SpillFile::append(std::string_view bytes) {
  const std::uint64_t begin = size_;
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(size_));
    if (n >= 0) {
      size_ += static_cast<std::uint64_t>(n);
      bytes.remove_prefix(static_cast<std::size_t>(n));
      continue;
    }
    const int error = errno;
    if (error != EINTR) {
      throw Error(Fault::store_unavailable, fmt::format("cannot write {} for the import: {}", path_,
                                                        reason_and_remedy(error)));
    }
  }
  return begin;
}

void SpillFile::read(std::uint64_t offset, char* to, std::size_t size) const {
  while (size > 0) {
    const ssize_t n = ::pread(descriptor_, to, size, static_cast<off_t>(offset));
    const int error = n == 0 ? EIO : errno;  // somebody cut it short
    if (n > 0) {
      offset += static_cast<std::uint64_t>(n);
      to += n;
      size -= static_cast<std::size_t>(n);
    } else if (error != EINTR) {
      throw Error(Fault::store_unavailable, fmt::format("cannot read {} for the import: {}", path_,
                                                        reason_and_remedy(error)));
    }
  }
}

void Spill::write(std::string_view record) {
  if (record.size() > kMaxRecordBytes) {
    throw Error(fmt::format("a row of {} bytes is too long for an import", record.size()));
  }
  const auto size = static_cast<RecordSize>(record.size());
  char head[sizeof size];
  std::memcpy(head, &size, sizeof size);
  buffer_.append(head, sizeof size);
  buffer_ += record;
  if (buffer_.size() >= kBufferBytes) {
    flush();
  }
}

void Spill::flush() {
  const std::uint64_t offset = file_.append(buffer_);
  if (!extents_.empty() && extents_.back().offset + extents_.back().size == offset) {
    extents_.back().size += buffer_.size();
  } else {
    extents_.push_back({offset, buffer_.size()});
  }
  buffer_.clear();
}

bool SpillReader::next(std::string_view& record) {
  RecordSize size = 0;
  if (!hold(sizeof size)) {
    return false;
  }
  std::memcpy(&size, piece_.data() + begin_, sizeof size);
  begin_ += sizeof size;
  (void)hold(size);  // it was written whole
  record = std::string_view(piece_).substr(begin_, size);
  begin_ += size;
  return true;
}

// Makes that many bytes stand behind begin_. False: there are none left.
bool SpillReader::hold(std::size_t bytes) {
  if (piece_.size() - begin_ >= bytes) {
    return true;
  }
  piece_.erase(0, begin_);
  begin_ = 0;
  while (piece_.size() < bytes) {
    if (!read_more(std::max(bytes, Spill::kBufferBytes) - piece_.size())) {
      return false;
    }
  }
  return true;
}

bool SpillReader::read_more(std::size_t bytes) {
  const bool in_file = extent_ < spill_->extents_.size();
  const std::uint64_t left =
      (in_file ? spill_->extents_[extent_].size : spill_->buffer_.size()) - within_;
  const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left, bytes));
  if (n == 0) {
    return false;
  }
  if (in_file) {
    const std::size_t before = piece_.size();
    piece_.resize(before + n);
    spill_->file_.read(spill_->extents_[extent_].offset + within_, piece_.data() + before, n);
  } else {
    piece_.append(spill_->buffer_, static_cast<std::size_t>(within_), n);
  }
  within_ += n;
  if (in_file && n == left) {
    ++extent_;
    within_ = 0;
  }
  return true;
}

void put_number(std::string& record, std::uint64_t number) {
  while (number >= 0x80) {
    record += static_cast<char>(number | 0x80U);
    number >>= 7U;
  }
  record += static_cast<char>(number);
}

void put_text(std::string& record, std::string_view text) {
  put_number(record, text.size());
  record += text;
}

std::uint64_t take_number(std::string_view& record) {
  std::uint64_t number = 0;
  std::size_t i = 0;
  for (unsigned shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>(record[i++]);
    number |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
    if (byte < 0x80) {
      break;
    }
  }
  record.remove_prefix(i);
  return number;
}

std::string_view take_text(std::string_view& record) {
  const auto size = static_cast<std::size_t>(take_number(record));
  const std::string_view text = record.substr(0, size);
  record.remove_prefix(size);
  return text;
}

}  // namespace dogged::sqlite
