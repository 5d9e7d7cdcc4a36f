// SPDX-License-Identifier: MIT
#pragma once

namespace dogged::faults {

// One bit each.
enum Kind : unsigned {
  kOpen = 1U << 0U,      // for writing, or to make a file
  kWrite = 1U << 1U,     // write, pwrite, writev, pwritev
  kSync = 1U << 2U,      // fsync, fdatasync, sync_file_range
  kTruncate = 1U << 3U,  // by descriptor or path
  kRename = 1U << 4U,
  kLink = 1U << 5U,
  kUnlink = 1U << 6U,
  kMkdir = 1U << 7U,
  kAllocate = 1U << 8U,  // fallocate
  kMap = 1U << 9U,       // mmap of a file
  kChmod = 1U << 10U,
  kClose = 1U << 11U,
  kRead = 1U << 12U,
  kSpace = 1U << 13U,  // statfs
};

// What the environment asks for. A call of one of DISK_FAULTS_CALLS (names as in settings.cpp,
// with commas) on a path that DISK_FAULTS_PATH matches (shell patterns without [], with | between)
// is a matching call; matching calls are counted.
struct Settings {
  const char* paths = nullptr;  // DISK_FAULTS_PATH; without it, nothing is done
  unsigned kinds = 0;
  long at = 0;           // DISK_FAULTS_AT: the first call that fails, from 1; 0: none does
  bool lasting = false;  // DISK_FAULTS_LASTING=1: those after it too
  int error = 0;         // DISK_FAULTS_ERRNO: ENOSPC, EIO, EROFS, EDQUOT or EACCES
  bool part = false;  // DISK_FAULTS_SHORT=1: the call at `at`, if a write, is done by half instead
  const char* only_while = nullptr;  // DISK_FAULTS_WHILE: only while this file is there
  long long free_bytes = -1;         // DISK_FAULTS_FREE: what statfs says of every disk
  const char* log = nullptr;         // DISK_FAULTS_LOG: a line for each matching call, in order:
                                     // name, path, bytes or other path, errno, with tabs between
};

// Reads the environment. What it does not understand ends the process with a message.
Settings read_settings();

const char* name_of(Kind kind);

// Whether one of `patterns` (with | between) matches all of `path`: * any text, ? one character.
bool matches_path(const char* patterns, const char* path);

// Ends the process with status 97, at once.
[[noreturn]] void give_up(const char* why);

}  // namespace dogged::faults
