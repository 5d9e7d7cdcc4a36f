// SPDX-License-Identifier: MIT
// For LD_PRELOAD: the wall clock and the clock that runs on while the machine sleeps are off by
// what stands in the file CLOCK_SHIM_FILE, two 64-bit numbers of nanoseconds in the machine's own
// order. The file may be written while the program runs: each reading of a clock looks at it.
//   first: the wall clock (CLOCK_REALTIME, gettimeofday, time)
//   second: CLOCK_BOOTTIME
// A clock that is set: the first alone. A machine that slept: both, by the same. CLOCK_MONOTONIC is
// always the kernel's, and so are waits.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>

namespace {

constexpr std::int64_t kNanos = 1'000'000'000;

using Offsets = std::array<std::atomic<std::int64_t>, 2>;
static_assert(sizeof(Offsets) == 16 && std::atomic<std::int64_t>::is_always_lock_free);

// Null where there is no such file: the clocks are right then.
const Offsets* map_offsets() {
  const char* path = std::getenv("CLOCK_SHIM_FILE");  // NOLINT(concurrency-mt-unsafe): never set
  const int fd = path != nullptr ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (fd < 0) {
    return nullptr;
  }
  void* map = mmap(nullptr, sizeof(Offsets), PROT_READ, MAP_SHARED, fd, 0);
  close(fd);
  return map == MAP_FAILED ? nullptr : static_cast<const Offsets*>(map);
}

// Not a static of the function that reads it: a sanitizer's runtime reads the clock in the calls
// that map the file, and would wait for itself. Before that the clocks are right.
std::atomic<const Offsets*> mapped{nullptr};

__attribute__((constructor)) void map_once() {
  mapped.store(map_offsets());
}

std::int64_t offset_of(clockid_t clock) {
  const Offsets* const offsets = mapped.load(std::memory_order_relaxed);
  if (offsets == nullptr) {
    return 0;
  }
  switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
      return (*offsets)[0].load(std::memory_order_relaxed);
    case CLOCK_BOOTTIME:
      return (*offsets)[1].load(std::memory_order_relaxed);
    default:
      return 0;
  }
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  // Not through libc, whose function this one stands for.
  const int result = static_cast<int>(syscall(SYS_clock_gettime, clock, time));
  const std::int64_t offset = result == 0 ? offset_of(clock) : 0;
  if (offset != 0) {
    // Not all in nanoseconds, which end in 2262.
    time->tv_sec += offset / kNanos;
    time->tv_nsec += offset % kNanos;
    if (time->tv_nsec >= kNanos) {
      time->tv_nsec -= kNanos;
      ++time->tv_sec;
    } else if (time->tv_nsec < 0) {
      time->tv_nsec += kNanos;
      --time->tv_sec;
    }
  }
  return result;
}

int gettimeofday(timeval* time, void* /*zone*/) noexcept {
  timespec now{};
  const int result = clock_gettime(CLOCK_REALTIME, &now);
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return result;
}

time_t time(time_t* result) noexcept {
  timespec now{};
  (void)clock_gettime(CLOCK_REALTIME, &now);  // cannot fail for this clock
  if (result != nullptr) {
    *result = now.tv_sec;
  }
  return now.tv_sec;
}

}  // extern "C"
