// SPDX-License-Identifier: MIT
#pragma once

#include "tests/crash/disk.h"

#include <cstdint>
#include <string>
#include <vector>

namespace dogged::crash {

// The calls by which our own code, not SQLite's, puts files in their place (base/atomic_file, the
// copy of a store): seen, failed, or struck by a power loss. The linker leads them here (--wrap),
// so that the code under test is as it ships.
enum class Call {
  make_temporary,  // mkostemp
  stream,          // fdopen
  open,            // of a directory, or to sync a file
  write,           // fwrite
  flush,           // fflush
  change_mode,     // fchmod
  sync,            // fsync of a file
  sync_directory,  // fsync of a directory
  close,           // fclose
  link,
  rename,
  unlink,
};

// While it lives, calls of ours are noted in `made` and told to the disk. One at a time, one
// thread.
class FileCalls {
 public:
  explicit FileCalls(Disk& disk);
  ~FileCalls();
  FileCalls(const FileCalls&) = delete;
  FileCalls& operator=(const FileCalls&) = delete;

  // The n-th call from here (1 is the next) fails with this errno, without having been made.
  void fail_at(std::size_t n, int error);
  // The power goes with the n-th call: a sync has not been made then, all else has.
  void cut_power_at(std::size_t n, std::uint64_t seed);

  std::vector<Call> made;

  // What the calls come to. Of errno, or 0: make it.
  int before(Call call);
  int after();  // EIO where the power went with it
  Disk& disk() { return disk_; }

 private:
  Disk& disk_;
  std::size_t at_ = 0;
  int error_ = 0;
  bool power_ = false;
  std::uint64_t seed_ = 0;
  bool goes_now_ = false;
};

}  // namespace dogged::crash
