// SPDX-License-Identifier: MIT
#pragma once

#include "tests/crash/disk.h"

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace dogged::crash {

// What SQLite asks of a file system.
enum class Op { open, read, write, truncate, sync, remove, size, access, lock, shared_memory };
using Counts = std::array<std::int64_t, 10>;  // by Op

// One thing that goes wrong: power, or an error of `code` in operations of one kind.
struct Mishap {
  std::string_view name;
  std::initializer_list<Op> ops;  // that it strikes
  int code = 0;                   // SQLite's; 0: the power goes
};
extern const Mishap kPowerLoss;
std::int64_t struck_by(const Mishap& mishap, const Counts& counts);
extern const std::initializer_list<Mishap> kIoErrors;

// When it goes wrong: counts the operations that the mishap strikes.
class Trouble {
 public:
  // From here on, at the n-th. `stays`: the operations after it fail too.
  void expect(const Mishap& mishap, std::int64_t n, bool stays, std::uint64_t seed);
  void is_over() { mishap_ = nullptr; }

  bool has_struck() const { return counted_ >= n_; }
  const Counts& all() const { return all_; }  // with or without a mishap

  // What the shim asks before an operation: nothing, or the mishap that strikes it.
  const Mishap* before(Op op);
  std::uint64_t seed() const { return seed_ + static_cast<std::uint64_t>(counted_); }

 private:
  const Mishap* mishap_ = nullptr;
  std::int64_t n_ = 0;
  bool stays_ = false;
  std::uint64_t seed_ = 0;
  std::int64_t counted_ = 0;
  Counts all_{};
};

// While it lives, SQLite's default VFS: the unix one, with what it does to files in the disk's
// directory told to the disk, and with trouble. Temporary files have trouble only. Every connection
// must be closed before it goes. One at a time. SQLite's syncs are told, not made.
//
// The unix VFS syncs the directory with the first sync of a journal or log that it was asked to
// make, and where a removal asks for it; what it does beyond that is not relied on.
class CrashVfs {
 public:
  explicit CrashVfs(Disk& disk);
  ~CrashVfs();
  CrashVfs(const CrashVfs&) = delete;
  CrashVfs& operator=(const CrashVfs&) = delete;

  Trouble trouble;
};

}  // namespace dogged::crash
