// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace dogged {
class StopSignal;
}

namespace dogged::sqlite {

class FileLocks;

// Proof that this process may write to the store, until it is destroyed. Move-only. The FileLocks
// it came from must outlive it.
class [[nodiscard]] WriteLock {
 public:
  ~WriteLock();
  WriteLock(WriteLock&& other) noexcept;
  WriteLock& operator=(WriteLock&&) = delete;
  WriteLock(const WriteLock&) = delete;
  WriteLock& operator=(const WriteLock&) = delete;

  // What cuts the waits of its holder short; may be null.
  const StopSignal* stop() const;

 private:
  friend class FileLocks;
  explicit WriteLock(FileLocks& from) : from_(&from) {}
  FileLocks* from_;  // null: moved from
};

// The operating system's locks on the bytes of a side file, STORE-lock, that stands beside the
// store. They are open file description locks (F_OFD_SETLK): held by this object, not by the
// process, so two stores in one process exclude each other too, and the kernel frees them at any
// kind of death. The file is never removed: a lock on an unlinked file would exclude nobody.
//
// The write lock: SQLite before 3.51.3 can corrupt a WAL file when two connections write or
// checkpoint at one instant, so every write transaction, checkpoint, open and close of ours happens
// under it. It is handed over fairly: who wants it takes a turnstile first, and keeps that until it
// has the lock; so one who writes in a loop waits at the turnstile behind one who waits for the
// lock.
//
// Liveness: one byte for each worker, at an offset that its id gives.
// One thread at a time.
class FileLocks {
 public:
  // Opens the side file, making it with mode 0600. Throws Error(store_unavailable). `stop`, where
  // given, cuts waits short and must outlive this object.
  explicit FileLocks(const std::string& store_path, const StopSignal* stop = nullptr);
  ~FileLocks();
  FileLocks(const FileLocks&) = delete;
  FileLocks& operator=(const FileLocks&) = delete;

  // Waits for its turn; says so once when it takes long. Throws Error(store_unavailable) after ten
  // minutes, where it is told to stop (see judge_wait), or where the file system
  // has no locks; Error(failure) at once where this object holds it already: the system would grant
  // it again, and giving back the second would give back the first.
  WriteLock lock_writes();

  // Marks the worker alive until release or the death of this process. False: another lives under
  // that id.
  bool hold_worker(std::string_view id);
  void release_worker(std::string_view id);
  void release_all_workers();
  // Whether somebody, this object included, holds the worker's byte. False for what is no id.
  bool worker_alive(std::string_view id) const;

 private:
  friend class WriteLock;
  class Wait;
  void unlock_writes();

  std::string store_path_;
  std::string path_;
  const StopSignal* stop_;
  int descriptor_;
  bool writing_ = false;  // a WriteLock of this object lives
  std::set<std::string, std::less<>>
      held_;  // ids held by this object: F_OFD_GETLK does not see them
};

// What one does who has waited that long for the write lock. Told to stop, it still waits for half
// a second, so that others who write as usual do not keep a worker from giving back what it holds.
enum class WaitVerdict { go_on, tell, stop, give_up };
WaitVerdict judge_wait(Millis waited, bool told, bool stopping);

// The byte of a worker's id (16 hexadecimal digits); nothing for what is no id. Frozen.
std::optional<std::int64_t> worker_byte(std::string_view id);

// 64 random bits as 16 hexadecimal digits.
std::string random_id();

}  // namespace dogged::sqlite
