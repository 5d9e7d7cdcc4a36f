// SPDX-License-Identifier: MIT
#pragma once

#include "base/sha256.h"

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

namespace dogged {

// Writes a file whole or not at all: into a temporary file beside the target (mode 0600 until
// commit), then fsync, rename, fsync of the directory. Without commit() the target is untouched and
// the temporary file removed; one that a killed process left is removed by the next to write
// there. One thread at a time.
// Every failure throws Error; a full disk or an I/O error carries Fault::store_unavailable.
class AtomicFile {
 public:
  // Opens the temporary file. The target's directory must exist.
  explicit AtomicFile(std::filesystem::path target);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::string_view bytes);
  // Throws away what was written so far.
  void start_over();

  // Of what was written so far; sha256() ends the writing.
  std::uint64_t size() const { return size_; }
  std::string sha256() { return hash_.hex(); }
  // Where the bytes are until commit().
  const std::filesystem::path& temporary() const { return temporary_; }

  // Puts the file in its place, replacing what is there. The file takes the mode of the file it
  // replaces, else 0666 less the umask.
  void commit();

 private:
  void discard() noexcept;

  std::filesystem::path target_;
  std::filesystem::path temporary_;
  std::FILE* file_ = nullptr;
  std::uint64_t size_ = 0;
  Sha256 hash_;
};

}  // namespace dogged
