// SPDX-License-Identifier: MIT
// Preloaded (LD_PRELOAD), this library makes the disk fail as the environment says; see settings.h.
#include "tests/faults/calls.h"
#include "tests/faults/raw_syscall.h"
#include "tests/faults/settings.h"
#include "tests/faults/trap.h"

#include <fcntl.h>
#include <sys/statfs.h>
#include <sys/syscall.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstring>

namespace dogged::faults {
namespace {

constexpr int kLogDescriptor = 600;  // out of the way of those that programs are given

// Written by the constructor, before there are threads.
Settings settings;
long log_descriptor = -1;

// A handler runs with all signals blocked and is not trapped itself, so that spinning is safe.
std::atomic_flag busy = ATOMIC_FLAG_INIT;
long matching_calls = 0;  // under busy

// A line in the making; what does not fit is cut off.
class Text {
 public:
  void add(const char* text) {
    while (*text != '\0' && size_ + 1 < sizeof text_) {
      text_[size_++] = *text++;
    }
    text_[size_] = '\0';
  }
  void add_number(long number) {
    char digits[24] = {};
    char* at = digits + sizeof digits - 1;
    do {
      *--at = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number > 0);
    add(at);
  }
  // What the descriptor is open on.
  void add_descriptor(long descriptor) {
    Text link;
    link.add("/proc/self/fd/");
    link.add_number(descriptor);
    const long length =
        raw(SYS_readlinkat, AT_FDCWD, address(link.text()), address(text_), sizeof text_ - 1);
    size_ = length > 0 ? static_cast<std::size_t>(length) : 0;
    text_[size_] = '\0';
  }
  const char* text() const { return text_; }
  std::size_t size() const { return size_; }

 private:
  char text_[2 * PATH_MAX] = {};
  std::size_t size_ = 0;
};

const char* as_path(long argument) {
  return reinterpret_cast<const char*>(argument);
}

// The file or files that a call is about. Paths are taken as they are given.
struct Subject {
  Text path;
  const char* other = "";
};

void find_subject(Names names, const long (&a)[6], Subject& subject) {
  switch (names) {
    case Names::descriptor:
      subject.path.add_descriptor(a[0]);
      break;
    case Names::mapped:
      subject.path.add_descriptor(a[4]);
      break;
    case Names::path:
      subject.path.add(as_path(a[0]));
      break;
    case Names::path_at:
      subject.path.add(as_path(a[1]));
      break;
    case Names::two_paths:
      subject.path.add(as_path(a[0]));
      subject.other = as_path(a[1]);
      break;
    case Names::two_paths_at:
      subject.path.add(as_path(a[1]));
      subject.other = as_path(a[3]);
      break;
  }
}

bool concerns_us(const Subject& subject) {
  return matches_path(settings.paths, subject.path.text()) ||
         (*subject.other != '\0' && matches_path(settings.paths, subject.other));
}

bool switched_on() {
  return settings.only_while == nullptr ||
         raw(SYS_faccessat, AT_FDCWD, address(settings.only_while), F_OK) == 0;
}

void write_log(const WatchedCall& watched, const long (&a)[6], const Subject& subject, int error) {
  if (log_descriptor < 0) {
    return;
  }
  Text line;
  line.add(name_of(watched.kind));
  line.add("\t");
  line.add(subject.path.text());
  line.add("\t");
  line.add(subject.other);
  if (watched.bytes >= 0) {
    line.add_number(a[watched.bytes]);
  }
  line.add("\t");
  line.add_number(error);
  line.add("\n");
  (void)raw(SYS_write, log_descriptor, address(line.text()), line.size());  // a test misses it
}

constexpr int kByHalf = -1;

// Counts a matching call. Which fault it gets: an errno, kByHalf, or 0 for none.
int next_fault(const WatchedCall& watched, const long (&a)[6], const Subject& subject) {
  while (busy.test_and_set(std::memory_order_acquire)) {
  }
  const long n = ++matching_calls;
  const bool due = settings.at > 0 && (settings.lasting ? n >= settings.at : n == settings.at);
  const bool cut = due && settings.part && n == settings.at;
  const int error = due && !cut ? settings.error : 0;
  write_log(watched, a, subject, error);
  busy.clear(std::memory_order_release);
  const bool by_half = cut && watched.kind == kWrite && watched.bytes == 2 && a[2] > 1;
  return by_half ? kByHalf : error;
}

long tell_free(long result, long answer) {
  if (result == 0 && settings.free_bytes >= 0 && switched_on()) {
    auto* const space = reinterpret_cast<struct statfs*>(answer);
    const auto blocks = settings.free_bytes / static_cast<long long>(space->f_bsize);
    space->f_bavail = static_cast<fsblkcnt_t>(blocks);
    space->f_bfree = static_cast<fsblkcnt_t>(blocks);
  }
  return result;
}

long on_call(long number, const long (&a)[6]) {
  const auto go_on = [&] {
    return disk_faults_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
  };
  const WatchedCall* const watched = find_call(number);
  if (watched == nullptr) {
    return go_on();
  }
  if (watched->kind == kSpace) {
    return tell_free(go_on(), a[1]);
  }
  Subject subject;
  find_subject(watched->names, a, subject);
  if (!concerns_us(subject) || !switched_on()) {
    return go_on();
  }
  const int fault = next_fault(*watched, a, subject);
  if (fault == kByHalf) {
    return disk_faults_syscall(number, a[0], a[1], a[2] / 2, a[3], a[4], a[5]);
  }
  if (fault == 0) {
    return go_on();
  }
  if (watched->kind == kClose) {
    (void)go_on();  // a close that fails has closed
  }
  return -fault;
}

void open_log() {
  if (settings.log == nullptr) {
    return;
  }
  const long opened = raw(SYS_openat, AT_FDCWD, address(settings.log),
                          O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  log_descriptor = raw(SYS_fcntl, opened, F_DUPFD_CLOEXEC, kLogDescriptor);
  if (log_descriptor < 0) {
    give_up("cannot open DISK_FAULTS_LOG");
  }
  (void)raw(SYS_close, opened);
}

__attribute__((constructor)) void begin() {
  settings = read_settings();
  if (settings.paths == nullptr) {
    return;
  }
  open_log();
  TrappedCall calls[kMostCalls];
  const std::size_t count = calls_of(settings.kinds, calls);
  if (trap_calls(calls, count, on_call) != 0) {
    give_up("the kernel does not let us trap system calls (seccomp)");
  }
}

}  // namespace
}  // namespace dogged::faults
