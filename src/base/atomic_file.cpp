// SPDX-License-Identifier: MIT
#include "base/atomic_file.h"

#include "base/error.h"
#include "base/system_error.h"
#include "base/temporary_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace dogged {

namespace {

[[noreturn]] void fail(const std::string& what, const std::filesystem::path& path, int error) {
  throw Error(fault_of(error),
              "cannot " + what + " " + path.string() + ": " + reason_and_remedy(error));
}

std::filesystem::path directory_of(const std::filesystem::path& path) {
  const std::filesystem::path parent = path.parent_path();
  return parent.empty() ? "." : parent;
}

mode_t mode_for(const std::filesystem::path& target) {
  struct stat there {};
  if (stat(target.c_str(), &there) == 0) {
    return there.st_mode & 07777;
  }
  const mode_t mask = umask(0);
  umask(mask);
  return 0666 & ~mask;
}

// A second descriptor of the file, which holds the file's lock on when the first is closed.
class StillHeld {
 public:
  // Without one left, the lock ends a moment before the file has its name.
  explicit StillHeld(int fd) : fd_(fcntl(fd, F_DUPFD_CLOEXEC, 0)) {}
  ~StillHeld() {
    if (fd_ >= 0) {
      close(fd_);  // nothing was written by it
    }
  }
  StillHeld(const StillHeld&) = delete;
  StillHeld& operator=(const StillHeld&) = delete;

 private:
  const int fd_;
};

// The rename is durable once the directory is.
void sync_directory(const std::filesystem::path& directory) {
  const int fd = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) {
    fail("open the directory", directory, errno);
  }
  const int result = fsync(fd);
  const int error = errno;
  close(fd);
  // Some file systems cannot sync a directory and say so by EINVAL; there is nothing more to do.
  if (result != 0 && error != EINVAL) {
    fail("sync the directory", directory, error);
  }
}

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path target) : target_(std::move(target)) {
  // A link is followed, so that the file it names is replaced and not the link.
  std::error_code ignored;
  const auto real = std::filesystem::canonical(target_, ignored);
  if (!ignored) {
    target_ = real;
  }
  std::string name;
  const int fd = make_temporary_beside(target_, name);
  if (fd < 0) {
    fail("write beside", target_, errno);
  }
  temporary_ = name;
  file_ = fdopen(fd, "w");
  if (file_ == nullptr) {
    const int error = errno;
    close(fd);
    unlink(temporary_.c_str());
    fail("write", temporary_, error);
  }
}

AtomicFile::~AtomicFile() {
  discard();
}

void AtomicFile::write(std::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) {
    fail("write", target_, errno);
  }
  size_ += bytes.size();
  hash_.update(bytes);
}

void AtomicFile::start_over() {
  if (fseeko(file_, 0, SEEK_SET) != 0 || ftruncate(fileno(file_), 0) != 0) {
    fail("write", target_, errno);
  }
  size_ = 0;
  hash_.restart();
}

void AtomicFile::commit() {
  if (std::fflush(file_) != 0 || fchmod(fileno(file_), mode_for(target_)) != 0 ||
      fsync(fileno(file_)) != 0) {
    fail("write", target_, errno);
  }
  const StillHeld held(fileno(file_));
  std::FILE* const file = std::exchange(file_, nullptr);
  if (std::fclose(file) != 0) {
    const int error = errno;
    unlink(temporary_.c_str());
    fail("write", target_, error);
  }
  if (rename(temporary_.c_str(), target_.c_str()) != 0) {
    const int error = errno;
    unlink(temporary_.c_str());
    fail("rename " + temporary_.string() + " to", target_, error);
  }
  sync_directory(directory_of(target_));
}

void AtomicFile::discard() noexcept {
  if (file_ != nullptr) {
    (void)std::fclose(std::exchange(file_, nullptr));  // what was written is thrown away
    unlink(temporary_.c_str());
  }
}

}  // namespace dogged
