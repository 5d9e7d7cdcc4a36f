// SPDX-License-Identifier: MIT
#include "tests/faults/calls.h"

#include <sys/syscall.h>

namespace dogged::faults {
namespace {

constexpr WatchedCall kCalls[] = {
    {{SYS_openat, Only::openat_for_writing}, kOpen, Names::path_at, -1},
    {{SYS_write, Only::descriptors}, kWrite, Names::descriptor, 2},
    {{SYS_pwrite64, Only::descriptors}, kWrite, Names::descriptor, 2},
    {{SYS_writev, Only::descriptors}, kWrite, Names::descriptor, -1},
    {{SYS_pwritev, Only::descriptors}, kWrite, Names::descriptor, -1},
    {{SYS_pwritev2, Only::descriptors}, kWrite, Names::descriptor, -1},
    {{SYS_copy_file_range, Only::any}, kWrite, Names::descriptor, 4},
    {{SYS_fsync, Only::any}, kSync, Names::descriptor, -1},
    {{SYS_fdatasync, Only::any}, kSync, Names::descriptor, -1},
    {{SYS_sync_file_range, Only::any}, kSync, Names::descriptor, -1},
    {{SYS_ftruncate, Only::any}, kTruncate, Names::descriptor, 1},
    {{SYS_truncate, Only::any}, kTruncate, Names::path, 1},
    {{SYS_renameat, Only::any}, kRename, Names::two_paths_at, -1},
    {{SYS_renameat2, Only::any}, kRename, Names::two_paths_at, -1},
    {{SYS_linkat, Only::any}, kLink, Names::two_paths_at, -1},
    {{SYS_unlinkat, Only::any}, kUnlink, Names::path_at, -1},
    {{SYS_mkdirat, Only::any}, kMkdir, Names::path_at, -1},
    {{SYS_fallocate, Only::any}, kAllocate, Names::descriptor, 3},
    {{SYS_mmap, Only::of_a_file}, kMap, Names::mapped, 1},
    {{SYS_fchmod, Only::any}, kChmod, Names::descriptor, -1},
    {{SYS_fchmodat, Only::any}, kChmod, Names::path_at, -1},
    {{SYS_close, Only::descriptors}, kClose, Names::descriptor, -1},
    {{SYS_read, Only::descriptors}, kRead, Names::descriptor, 2},
    {{SYS_pread64, Only::descriptors}, kRead, Names::descriptor, 2},
    {{SYS_statfs, Only::any}, kSpace, Names::path, -1},
    {{SYS_fstatfs, Only::any}, kSpace, Names::descriptor, -1},
#ifdef SYS_open  // the older half of them, which newer machines do without
    {{SYS_open, Only::open_for_writing}, kOpen, Names::path, -1},
    {{SYS_creat, Only::any}, kOpen, Names::path, -1},
    {{SYS_rename, Only::any}, kRename, Names::two_paths, -1},
    {{SYS_link, Only::any}, kLink, Names::two_paths, -1},
    {{SYS_unlink, Only::any}, kUnlink, Names::path, -1},
    {{SYS_mkdir, Only::any}, kMkdir, Names::path, -1},
    {{SYS_chmod, Only::any}, kChmod, Names::path, -1},
#endif
};
static_assert(sizeof kCalls / sizeof kCalls[0] <= kMostCalls);

}  // namespace

const WatchedCall* find_call(long number) {
  for (const WatchedCall& watched : kCalls) {
    if (watched.call.number == number) {
      return &watched;
    }
  }
  return nullptr;
}

std::size_t calls_of(unsigned kinds, TrappedCall (&calls)[kMostCalls]) {
  std::size_t count = 0;
  for (const WatchedCall& watched : kCalls) {
    if ((watched.kind & kinds) != 0) {
      calls[count++] = watched.call;
    }
  }
  return count;
}

}  // namespace dogged::faults
