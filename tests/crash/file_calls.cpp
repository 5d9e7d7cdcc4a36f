// SPDX-License-Identifier: MIT
#include "tests/crash/file_calls.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <stdexcept>

namespace dogged::crash {
namespace {

FileCalls*& current() {
  static FileCalls* calls = nullptr;
  return calls;
}

// `work` as the call, or its failure `failed` and errno.
template <typename Value, typename Work>
Value through(Call call, Value failed, Work&& work) {
  FileCalls* const calls = current();
  if (calls == nullptr) {
    return work();
  }
  if (const int error = calls->before(call); error != 0) {
    errno = error;
    return failed;
  }
  const Value value = work();
  const int own = errno;
  if (const int error = calls->after(); error != 0) {
    errno = error;
    return failed;
  }
  errno = own;
  return value;
}

bool is_directory(int descriptor) {
  struct stat status {};
  return ::fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode);
}

}  // namespace

FileCalls::FileCalls(Disk& disk) : disk_(disk) {
  if (current() != nullptr) {
    throw std::logic_error("one FileCalls at a time");
  }
  current() = this;
}

FileCalls::~FileCalls() {
  current() = nullptr;
}

void FileCalls::fail_at(std::size_t n, int error) {
  at_ = made.size() + n;
  error_ = error;
  power_ = false;
}

void FileCalls::cut_power_at(std::size_t n, std::uint64_t seed) {
  at_ = made.size() + n;
  power_ = true;
  seed_ = seed;
}

int FileCalls::before(Call call) {
  if (disk_.is_off()) {
    return EIO;
  }
  made.push_back(call);
  if (made.size() != at_) {
    return 0;
  }
  if (!power_) {
    return error_;
  }
  if (call == Call::sync || call == Call::sync_directory) {
    disk_.cut_power(seed_);
    return EIO;
  }
  goes_now_ = true;
  return 0;
}

int FileCalls::after() {
  if (!goes_now_) {
    return 0;
  }
  goes_now_ = false;
  disk_.cut_power(seed_);
  return EIO;
}

}  // namespace dogged::crash

// NOLINTBEGIN(bugprone-reserved-identifier, readability-identifier-naming)
extern "C" {

using dogged::crash::Call;
using dogged::crash::current;
using dogged::crash::is_directory;
using dogged::crash::through;

int __real_mkostemp(char* name, int flags);
std::FILE* __real_fdopen(int descriptor, const char* mode);
int __real_open(const char* path, int flags, ...);
std::size_t __real_fwrite(const void* bytes, std::size_t size, std::size_t n, std::FILE* file);
int __real_fflush(std::FILE* file);
int __real_fchmod(int descriptor, mode_t mode);
int __real_fsync(int descriptor);
int __real_fclose(std::FILE* file);
int __real_link(const char* from, const char* to);
int __real_rename(const char* from, const char* to);
int __real_unlink(const char* path);

int __wrap_mkostemp(char* name, int flags) {
  return through(Call::make_temporary, -1, [&] { return __real_mkostemp(name, flags); });
}

std::FILE* __wrap_fdopen(int descriptor, const char* mode) {
  return through(Call::stream, static_cast<std::FILE*>(nullptr),
                 [&] { return __real_fdopen(descriptor, mode); });
}

int __wrap_open(const char* path, int flags, ...) {
  if ((flags & O_CREAT) != 0) {
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = va_arg(arguments, mode_t);
    va_end(arguments);
    return __real_open(path, flags, mode);
  }
  return through(Call::open, -1, [&] { return __real_open(path, flags); });
}

// What open is where its flags are not known before the run, with _FORTIFY_SOURCE.
int __wrap___open_2(const char* path, int flags) {
  return through(Call::open, -1, [&] { return __real_open(path, flags); });
}

std::size_t __wrap_fwrite(const void* bytes, std::size_t size, std::size_t n, std::FILE* file) {
  return through(Call::write, std::size_t{0}, [&] { return __real_fwrite(bytes, size, n, file); });
}

int __wrap_fflush(std::FILE* file) {
  return through(Call::flush, EOF, [&] { return __real_fflush(file); });
}

int __wrap_fchmod(int descriptor, mode_t mode) {
  return through(Call::change_mode, -1, [&] { return __real_fchmod(descriptor, mode); });
}

int __wrap_fsync(int descriptor) {
  const bool directory = is_directory(descriptor);
  return through(directory ? Call::sync_directory : Call::sync, -1, [&] {
    if (current() == nullptr) {
      return __real_fsync(descriptor);
    }
    if (directory) {
      current()->disk().synced_directory();
    } else {
      current()->disk().synced_descriptor(descriptor);
    }
    return 0;
  });
}

int __wrap_fclose(std::FILE* file) {
  bool closed = false;
  const int result = through(Call::close, EOF, [&] {
    closed = true;
    return __real_fclose(file);
  });
  if (!closed) {
    const int error = errno;
    (void)__real_fclose(file);  // a close that fails closes all the same
    errno = error;
  }
  return result;
}

int __wrap_link(const char* from, const char* to) {
  return through(Call::link, -1, [&] { return __real_link(from, to); });
}

int __wrap_rename(const char* from, const char* to) {
  return through(Call::rename, -1, [&] { return __real_rename(from, to); });
}

int __wrap_unlink(const char* path) {
  return through(Call::unlink, -1, [&] { return __real_unlink(path); });
}

}  // extern "C"
// NOLINTEND(bugprone-reserved-identifier, readability-identifier-naming)
