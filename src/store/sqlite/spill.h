// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dogged::sqlite {

// A private file (mode 0600) for what does not fit into memory: it only grows, and nothing is
// synced. It is closed with this object; to remove it is the caller's part. Throws
// Error(store_unavailable). One thread at a time.
class SpillFile {
 public:
  explicit SpillFile(std::string path);  // must not be there yet
  ~SpillFile();
  SpillFile(const SpillFile&) = delete;
  SpillFile& operator=(const SpillFile&) = delete;

  std::uint64_t append(std::string_view bytes);  // the offset where they begin
  void read(std::uint64_t offset, char* to, std::size_t size) const;

 private:
  const std::string path_;
  const int descriptor_;
  std::uint64_t size_ = 0;
};

// Records in the order they were written, in memory while they are few, in a SpillFile (which must
// outlive it) where they are more; several may grow in one file. One thread at a time.
class Spill {
 public:
  static constexpr std::size_t kBufferBytes = 64 << 10;
  static constexpr std::size_t kMaxRecordBytes = UINT32_MAX;

  explicit Spill(SpillFile& file) : file_(file) {}
  void write(std::string_view record);

 private:
  friend class SpillReader;
  struct Extent {
    std::uint64_t offset;
    std::uint64_t size;
  };
  void flush();

  SpillFile& file_;
  std::vector<Extent> extents_;
  std::string buffer_;  // what stands behind the extents
};

// Reads a Spill, which must outlive it and not grow meanwhile, from its beginning. One thread at a
// time.
class SpillReader {
 public:
  explicit SpillReader(const Spill& spill) : spill_(&spill) {}
  bool next(std::string_view& record);  // false: no more. The view lives until the next call.

 private:
  bool hold(std::size_t bytes);
  bool read_more(std::size_t bytes);

  const Spill* spill_;
  std::size_t extent_ = 0;    // where the next piece is; behind the last one, the spill's buffer
  std::uint64_t within_ = 0;  // how much of that was read
  std::string piece_;
  std::size_t begin_ = 0;  // of the next record in piece_
};

// The fields of a record: numbers (those near 0 are short) and texts, in the order they were put.
void put_number(std::string& record, std::uint64_t number);
void put_text(std::string& record, std::string_view text);
std::uint64_t take_number(std::string_view& record);
std::string_view take_text(std::string_view& record);

}  // namespace dogged::sqlite
