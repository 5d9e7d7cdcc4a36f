// SPDX-License-Identifier: MIT
#include "tests/crash/crash_vfs.h"

#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <new>
#include <stdexcept>
#include <string>

namespace dogged::crash {

const Mishap kPowerLoss{"power loss", {Op::open, Op::write, Op::truncate, Op::sync, Op::remove}, 0};

const std::initializer_list<Mishap> kIoErrors{
    {"no space left", {Op::write}, SQLITE_FULL},
    {"no space left for shared memory", {Op::shared_memory}, SQLITE_IOERR_SHMSIZE},
    {"I/O error on write", {Op::write}, SQLITE_IOERR_WRITE},
    {"I/O error on read", {Op::read}, SQLITE_IOERR_READ},
    {"I/O error on fsync", {Op::sync}, SQLITE_IOERR_FSYNC},
    {"I/O error on truncate", {Op::truncate}, SQLITE_IOERR_TRUNCATE},
    {"I/O error on remove", {Op::remove}, SQLITE_IOERR_DELETE},
    {"I/O error on stat", {Op::size}, SQLITE_IOERR_FSTAT},
    {"I/O error on access", {Op::access}, SQLITE_IOERR_ACCESS},
    {"I/O error on lock", {Op::lock}, SQLITE_IOERR_LOCK},
    {"cannot open", {Op::open}, SQLITE_CANTOPEN},
};

std::int64_t struck_by(const Mishap& mishap, const Counts& counts) {
  std::int64_t n = 0;
  for (const Op op : mishap.ops) {
    n += counts.at(static_cast<std::size_t>(op));
  }
  return n;
}

void Trouble::expect(const Mishap& mishap, std::int64_t n, bool stays, std::uint64_t seed) {
  mishap_ = &mishap;
  n_ = n;
  stays_ = stays;
  seed_ = seed;
  counted_ = 0;
}

const Mishap* Trouble::before(Op op) {
  ++all_.at(static_cast<std::size_t>(op));
  if (mishap_ == nullptr ||
      std::find(mishap_->ops.begin(), mishap_->ops.end(), op) == mishap_->ops.end()) {
    return nullptr;
  }
  ++counted_;
  return counted_ == n_ || (stays_ && counted_ > n_) ? mishap_ : nullptr;
}

namespace {

// SQLite hands a VFS nothing of its own in some calls but itself.
struct Shim {
  sqlite3_vfs vfs{};  // first
  sqlite3_vfs* unix_vfs = nullptr;
  Disk* disk = nullptr;
  Trouble* trouble = nullptr;
};

// The unix VFS's file lies behind it.
struct File {
  sqlite3_file base;  // first
  Shim* shim;
  bool is_told;  // to the disk
  bool syncs_directory;
  Disk::FileId id;
};

Shim& shim_of(sqlite3_vfs* vfs) {
  return *static_cast<Shim*>(vfs->pAppData);
}
File& self(sqlite3_file* file) {
  return *reinterpret_cast<File*>(file);
}
sqlite3_file* below(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(reinterpret_cast<File*>(file) + 1);
}

// What is to become of an operation.
struct Turn {
  int code = SQLITE_OK;     // else it fails with that
  bool power_goes = false;  // once it has been done
};

Turn turn(Shim& shim, Op op, int code_when_off) {
  if (shim.disk->is_off()) {
    return {code_when_off, false};
  }
  const Mishap* const mishap = shim.trouble->before(op);
  if (mishap == nullptr) {
    return {};
  }
  return mishap->code == 0 ? Turn{SQLITE_OK, true} : Turn{mishap->code, false};
}

// The end of an operation that was done.
int end_of(const Turn& turn, Shim& shim, int done, int code_when_off) {
  if (turn.power_goes) {
    shim.disk->cut_power(shim.trouble->seed());
    return code_when_off;
  }
  return done;
}

int x_close(sqlite3_file* file) {
  return below(file)->pMethods->xClose(below(file));
}

int x_read(sqlite3_file* file, void* buffer, int n, sqlite3_int64 offset) {
  const Turn now = turn(*self(file).shim, Op::read, SQLITE_IOERR_READ);
  return now.code != SQLITE_OK ? now.code
                               : below(file)->pMethods->xRead(below(file), buffer, n, offset);
}

int write_below(sqlite3_file* file, const void* buffer, int n, sqlite3_int64 offset) {
  const int code = below(file)->pMethods->xWrite(below(file), buffer, n, offset);
  if (code == SQLITE_OK && self(file).is_told) {
    self(file).shim->disk->wrote(self(file).id, offset,
                                 {static_cast<const char*>(buffer), static_cast<std::size_t>(n)});
  }
  return code;
}

int x_write(sqlite3_file* file, const void* buffer, int n, sqlite3_int64 offset) {
  const Turn now = turn(*self(file).shim, Op::write, SQLITE_IOERR_WRITE);
  if (now.code != SQLITE_OK) {
    // A full disk takes what there is room for.
    if (now.code == SQLITE_FULL && !self(file).shim->disk->is_off()) {
      (void)write_below(file, buffer, n / 2, offset);
    }
    return now.code;
  }
  return end_of(now, *self(file).shim, write_below(file, buffer, n, offset), SQLITE_IOERR_WRITE);
}

int x_truncate(sqlite3_file* file, sqlite3_int64 size) {
  const Turn now = turn(*self(file).shim, Op::truncate, SQLITE_IOERR_TRUNCATE);
  if (now.code != SQLITE_OK) {
    return now.code;
  }
  const int code = below(file)->pMethods->xTruncate(below(file), size);
  if (code == SQLITE_OK && self(file).is_told) {
    self(file).shim->disk->truncated(self(file).id, size);
  }
  return end_of(now, *self(file).shim, code, SQLITE_IOERR_TRUNCATE);
}

int x_sync(sqlite3_file* file, int /*flags*/) {
  File& it = self(file);
  const Turn now = turn(*it.shim, Op::sync, SQLITE_IOERR_FSYNC);
  if (now.code != SQLITE_OK || now.power_goes) {
    if (now.code != SQLITE_OK && it.is_told) {
      it.shim->disk->sync_failed(it.id, it.shim->trouble->seed());
    }
    return end_of(now, *it.shim, now.code, SQLITE_IOERR_FSYNC);
  }
  if (it.is_told) {
    it.shim->disk->synced(it.id);
    if (it.syncs_directory) {
      it.shim->disk->synced_directory();
      it.syncs_directory = false;
    }
  }
  return SQLITE_OK;
}

int x_file_size(sqlite3_file* file, sqlite3_int64* size) {
  const Turn now = turn(*self(file).shim, Op::size, SQLITE_IOERR_FSTAT);
  return now.code != SQLITE_OK ? now.code : below(file)->pMethods->xFileSize(below(file), size);
}

int x_lock(sqlite3_file* file, int level) {
  const Turn now = turn(*self(file).shim, Op::lock, SQLITE_IOERR_LOCK);
  return now.code != SQLITE_OK ? now.code : below(file)->pMethods->xLock(below(file), level);
}

int x_unlock(sqlite3_file* file, int level) {
  return below(file)->pMethods->xUnlock(below(file), level);
}

int x_check_reserved_lock(sqlite3_file* file, int* result) {
  return below(file)->pMethods->xCheckReservedLock(below(file), result);
}

int x_file_control(sqlite3_file* file, int op, void* argument) {
  return below(file)->pMethods->xFileControl(below(file), op, argument);
}

int x_sector_size(sqlite3_file* file) {
  return below(file)->pMethods->xSectorSize(below(file));
}

int x_device_characteristics(sqlite3_file* file) {
  return below(file)->pMethods->xDeviceCharacteristics(below(file));
}

int x_shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** mapped) {
  const Turn now = turn(*self(file).shim, Op::shared_memory, SQLITE_IOERR_SHMMAP);
  return now.code != SQLITE_OK
             ? now.code
             : below(file)->pMethods->xShmMap(below(file), page, size, extend, mapped);
}

int x_shm_lock(sqlite3_file* file, int offset, int n, int flags) {
  return below(file)->pMethods->xShmLock(below(file), offset, n, flags);
}

void x_shm_barrier(sqlite3_file* file) {
  below(file)->pMethods->xShmBarrier(below(file));
}

int x_shm_unmap(sqlite3_file* file, int remove) {
  return below(file)->pMethods->xShmUnmap(below(file), remove);
}

// Version 2: no mapped reads and writes.
const sqlite3_io_methods kMethods{2,
                                  x_close,
                                  x_read,
                                  x_write,
                                  x_truncate,
                                  x_sync,
                                  x_file_size,
                                  x_lock,
                                  x_unlock,
                                  x_check_reserved_lock,
                                  x_file_control,
                                  x_sector_size,
                                  x_device_characteristics,
                                  x_shm_map,
                                  x_shm_lock,
                                  x_shm_barrier,
                                  x_shm_unmap,
                                  nullptr,
                                  nullptr};

int x_open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  Shim& shim = shim_of(vfs);
  File* const it = new (file) File{};
  const Turn now = turn(shim, Op::open, SQLITE_CANTOPEN);
  if (now.code != SQLITE_OK) {
    return now.code;  // without methods: there is nothing to close
  }
  const int code = shim.unix_vfs->xOpen(shim.unix_vfs, name, below(file), flags, out_flags);
  if (code != SQLITE_OK) {
    if (below(file)->pMethods != nullptr) {
      (void)below(file)->pMethods->xClose(below(file));
    }
    return code;
  }
  it->base.pMethods = &kMethods;
  it->shim = &shim;
  it->is_told =
      name != nullptr && (flags & SQLITE_OPEN_DELETEONCLOSE) == 0 && shim.disk->contains(name);
  it->syncs_directory = (flags & SQLITE_OPEN_CREATE) != 0 &&
                        (flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL)) != 0;
  if (it->is_told) {
    it->id = shim.disk->opened(name);
  }
  return end_of(now, shim, SQLITE_OK, SQLITE_OK);  // whether it was made is seen after the loss
}

int x_delete(sqlite3_vfs* vfs, const char* name, int sync_directory) {
  Shim& shim = shim_of(vfs);
  const Turn now = turn(shim, Op::remove, SQLITE_IOERR_DELETE);
  if (now.code != SQLITE_OK) {
    return now.code;
  }
  const int code = shim.unix_vfs->xDelete(shim.unix_vfs, name, 0);
  if (now.power_goes) {
    return end_of(now, shim, code, SQLITE_IOERR_DELETE);
  }
  if (code == SQLITE_OK && sync_directory != 0 && shim.disk->contains(name)) {
    shim.disk->synced_directory();
  }
  return code;
}

int x_access(sqlite3_vfs* vfs, const char* name, int flags, int* result) {
  Shim& shim = shim_of(vfs);
  const Turn now = turn(shim, Op::access, SQLITE_IOERR_ACCESS);
  return now.code != SQLITE_OK ? now.code
                               : shim.unix_vfs->xAccess(shim.unix_vfs, name, flags, result);
}

int x_full_pathname(sqlite3_vfs* vfs, const char* name, int n, char* out) {
  return shim_of(vfs).unix_vfs->xFullPathname(shim_of(vfs).unix_vfs, name, n, out);
}
int x_randomness(sqlite3_vfs* vfs, int n, char* out) {
  return shim_of(vfs).unix_vfs->xRandomness(shim_of(vfs).unix_vfs, n, out);
}
int x_sleep(sqlite3_vfs* /*vfs*/, int microseconds) {
  return microseconds;  // nobody is waited for here
}
int x_current_time(sqlite3_vfs* vfs, double* out) {
  return shim_of(vfs).unix_vfs->xCurrentTime(shim_of(vfs).unix_vfs, out);
}
int x_get_last_error(sqlite3_vfs* vfs, int n, char* out) {
  return shim_of(vfs).unix_vfs->xGetLastError(shim_of(vfs).unix_vfs, n, out);
}
int x_current_time_int64(sqlite3_vfs* vfs, sqlite3_int64* out) {
  return shim_of(vfs).unix_vfs->xCurrentTimeInt64(shim_of(vfs).unix_vfs, out);
}

// SQLite keeps a pointer to it while it is registered.
Shim& the_shim() {
  static Shim shim;
  return shim;
}

}  // namespace

CrashVfs::CrashVfs(Disk& disk) {
  Shim& shim = the_shim();
  if (shim.disk != nullptr) {
    throw std::logic_error("one CrashVfs at a time");
  }
  shim.unix_vfs = sqlite3_vfs_find("unix");
  shim.disk = &disk;
  shim.trouble = &trouble;
  sqlite3_vfs& vfs = shim.vfs;
  vfs.iVersion = 2;
  vfs.szOsFile = static_cast<int>(sizeof(File)) + shim.unix_vfs->szOsFile;
  vfs.mxPathname = shim.unix_vfs->mxPathname;
  vfs.zName = "crash";
  vfs.pAppData = &shim;
  vfs.xOpen = x_open;
  vfs.xDelete = x_delete;
  vfs.xAccess = x_access;
  vfs.xFullPathname = x_full_pathname;
  vfs.xRandomness = x_randomness;
  vfs.xSleep = x_sleep;
  vfs.xCurrentTime = x_current_time;
  vfs.xGetLastError = x_get_last_error;
  vfs.xCurrentTimeInt64 = x_current_time_int64;
  if (sqlite3_vfs_register(&vfs, 1) != SQLITE_OK) {
    throw std::runtime_error("cannot register the VFS");
  }
}

CrashVfs::~CrashVfs() {
  Shim& shim = the_shim();
  (void)sqlite3_vfs_unregister(&shim.vfs);
  (void)sqlite3_vfs_register(shim.unix_vfs, 1);
  shim.disk = nullptr;
  shim.trouble = nullptr;
}

}  // namespace dogged::crash
