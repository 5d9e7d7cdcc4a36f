// SPDX-License-Identifier: MIT
#include "base/temporary_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <system_error>

namespace dogged {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMark = ".tmp-dogged-";
constexpr std::size_t kRandom = 6;  // mkostemp's XXXXXX

bool is_temporary_name(std::string_view name, std::string_view target) {
  if (name.size() != target.size() + kMark.size() + kRandom ||
      name.substr(0, target.size()) != target ||
      name.substr(target.size(), kMark.size()) != kMark) {
    return false;
  }
  const std::string_view random = name.substr(name.size() - kRandom);
  return std::all_of(random.begin(), random.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0; });
}

bool is_ours(const struct stat& file) {
  return S_ISREG(file.st_mode) && file.st_uid == geteuid() && file.st_nlink == 1;
}

// Whatever cannot be done here is no fault of what is to be written: the file stays.
void remove_if_left(const std::string& path) {
  const int fd = open(path.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) {
    return;
  }
  struct stat held {};
  struct stat named {};
  // The name is looked at again under the lock: it may be another file's by now.
  if (fstat(fd, &held) == 0 && is_ours(held) && flock(fd, LOCK_EX | LOCK_NB) == 0 &&
      lstat(path.c_str(), &named) == 0 && named.st_ino == held.st_ino &&
      named.st_dev == held.st_dev && is_ours(named)) {
    unlink(path.c_str());
  }
  close(fd);
}

void remove_leftovers(const fs::path& target) {
  const fs::path directory = target.has_parent_path() ? target.parent_path() : fs::path(".");
  const std::string name = target.filename().string();
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    if (is_temporary_name(entry->path().filename().string(), name)) {
      remove_if_left(entry->path().string());
    }
  }
}

// False where somebody else took it for a leftover before it was locked. Where there are no locks
// (some network file systems), nobody takes it for one.
bool hold(int fd) {
  struct stat file {};
  return (flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) && fstat(fd, &file) == 0 &&
         file.st_nlink > 0;
}

}  // namespace

int make_temporary_beside(const fs::path& target, std::string& path) {
  constexpr int kTries = 100;
  remove_leftovers(target);
  for (int i = 0; i < kTries; ++i) {
    path = target.string() + std::string(kMark) + "XXXXXX";
    const int fd = mkostemp(path.data(), O_CLOEXEC);
    if (fd < 0 || hold(fd)) {
      return fd;
    }
    close(fd);  // removed by who took it
  }
  errno = EEXIST;
  return -1;
}

}  // namespace dogged
