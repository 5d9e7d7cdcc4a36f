// SPDX-License-Identifier: MIT
// For LD_PRELOAD: allocations fail.
//   MEMORY_FAULTS_AT     the first that fails, counted from 0 over all threads; none where it is
//   not set MEMORY_FAULTS_COUNT  how many fail, from there on (1) MEMORY_FAULTS_LOG    a file for
//   how many there were in all
// glibc only: the real functions are its own, by their other names.
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
}

namespace {

std::atomic<std::int64_t> allocations{0};

// -1 where it is not set. Before main, and without memory.
std::int64_t number(const char* name, std::int64_t otherwise) {
  const char* text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): never set
  if (text == nullptr || *text == '\0') {
    return otherwise;
  }
  std::int64_t value = 0;
  for (; *text >= '0' && *text <= '9'; ++text) {
    value = value * 10 + (*text - '0');
  }
  return value;
}

struct Settings {
  std::int64_t at, count;
};

// Not a static of a function: its guard would be entered anew by what initialises it.
Settings settings{-1, 1};

__attribute__((constructor)) void begin() {
  settings = {number("MEMORY_FAULTS_AT", -1), number("MEMORY_FAULTS_COUNT", 1)};
  allocations.store(0);
}

__attribute__((destructor)) void end() {
  const char* path = std::getenv("MEMORY_FAULTS_LOG");  // NOLINT(concurrency-mt-unsafe)
  const int fd = path != nullptr ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
  if (fd < 0) {
    return;
  }
  char text[24];
  std::size_t at = sizeof text;
  for (std::int64_t n = allocations.load(); at > 0 && (n > 0 || at == sizeof text); n /= 10) {
    text[--at] = static_cast<char>('0' + n % 10);
  }
  const ssize_t written = write(fd, text + at, sizeof text - at);
  (void)written;  // the test finds an empty file
  close(fd);
}

bool fails() {
  const std::int64_t n = allocations.fetch_add(1);
  if (settings.at < 0 || n < settings.at || n - settings.at >= settings.count) {
    return false;
  }
  errno = ENOMEM;
  return true;
}

}  // namespace

extern "C" {

void* malloc(std::size_t size) noexcept {
  return fails() ? nullptr : __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) noexcept {
  return fails() ? nullptr : __libc_calloc(count, size);
}
void* realloc(void* memory, std::size_t size) noexcept {
  return fails() ? nullptr : __libc_realloc(memory, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  return fails() ? nullptr : __libc_memalign(alignment, size);
}
void* memalign(std::size_t alignment, std::size_t size) noexcept {
  return fails() ? nullptr : __libc_memalign(alignment, size);
}
int posix_memalign(void** memory, std::size_t alignment, std::size_t size) noexcept {
  *memory = fails() ? nullptr : __libc_memalign(alignment, size);
  return *memory == nullptr ? ENOMEM : 0;
}

}  // extern "C"
