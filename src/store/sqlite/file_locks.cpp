// SPDX-License-Identifier: MIT
#include "store/sqlite/file_locks.h"

#include "base/error.h"
#include "base/log.h"
#include "base/stop_signal.h"
#include "base/system_error.h"
#include "base/text.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <random>
#include <thread>
#include <utility>

namespace dogged::sqlite {
namespace {

// Frozen: two versions of this program must agree on them.
constexpr std::int64_t kTurnstileByte = 0;
constexpr std::int64_t kWriteByte = 1;
constexpr std::int64_t kFirstWorkerByte = 1024;
constexpr std::uint64_t kWorkerMask = 0x3fff'ffff'ffff'ffffULL;  // file offsets are signed

constexpr std::chrono::microseconds kShortestPause{100};
constexpr std::chrono::microseconds kLongestPause{5000};
constexpr std::chrono::minutes kPatience{10};
constexpr Millis kPatienceUntold{2000};
constexpr Millis kPatienceWhenStopping{500};

struct flock byte_lock(std::int64_t byte, int type) {
  struct flock lock {};
  lock.l_type = static_cast<short>(type);
  lock.l_whence = SEEK_SET;
  lock.l_start = byte;
  lock.l_len = 1;
  return lock;  // l_pid stays 0, as open file description locks want it
}

[[noreturn]] void throw_lock_error(const std::string& path, int error) {
  throw Error(Fault::store_unavailable,
              fmt::format("cannot lock {}: {}; the store must be on a disk that has file locks",
                          path, system_message(error)));
}

// False where another holds it.
bool try_lock_byte(int descriptor, std::int64_t byte, const std::string& path) {
  struct flock lock = byte_lock(byte, F_WRLCK);
  if (::fcntl(descriptor, F_OFD_SETLK, &lock) == 0) {
    return true;
  }
  const int error = errno;
  if (error != EAGAIN && error != EACCES) {
    throw_lock_error(path, error);
  }
  return false;
}

void unlock_byte(int descriptor, std::int64_t byte) {
  struct flock lock = byte_lock(byte, F_UNLCK);
  (void)::fcntl(descriptor, F_OFD_SETLK, &lock);  // fails only for a descriptor that is not open
}

}  // namespace

WaitVerdict judge_wait(Millis waited, bool told, bool stopping) {
  if (stopping && waited >= kPatienceWhenStopping) {
    return WaitVerdict::stop;
  }
  if (waited > kPatience) {
    return WaitVerdict::give_up;
  }
  return !told && waited >= kPatienceUntold ? WaitVerdict::tell : WaitVerdict::go_on;
}

// One wait for the write lock: through the turnstile, then for the lock itself.
class FileLocks::Wait {
 public:
  explicit Wait(const FileLocks& locks) : locks_(locks) {}

  // Polls with pauses that grow: F_OFD_SETLKW would wait without a limit, and hear no stop.
  void lock(std::int64_t byte) {
    auto pause = kShortestPause;
    while (!try_lock_byte(locks_.descriptor_, byte, locks_.path_)) {
      consider();
      std::this_thread::sleep_for(pause);
      pause = std::min(pause * 2, kLongestPause);
    }
  }

 private:
  void consider() {
    const auto waited =
        std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - begun_);
    const bool stopping = locks_.stop_ != nullptr && locks_.stop_->stopping();
    switch (judge_wait(waited, told_, stopping)) {
      case WaitVerdict::go_on:
        return;
      case WaitVerdict::tell:
        told_ = true;
        log_info(fmt::format("waiting for another dogged process that writes to {}",
                             printable(locks_.store_path_)));
        return;
      case WaitVerdict::stop:
        throw Error(Fault::store_unavailable,
                    "told to stop while another process was writing to the store; nothing is lost");
      case WaitVerdict::give_up:
        throw Error(Fault::store_unavailable,
                    fmt::format("cannot write to the store: another process has held {} for ten "
                                "minutes; look for a dogged that is stopped or stuck",
                                locks_.path_));
    }
  }

  const FileLocks& locks_;
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  bool told_ = false;
};

std::optional<std::int64_t> worker_byte(std::string_view id) {
  std::uint64_t value = 0;
  const char* const end = id.data() + id.size();
  const auto [stop, error] = std::from_chars(id.data(), end, value, 16);
  if (id.size() != 16 || error != std::errc() || stop != end) {
    return std::nullopt;
  }
  return kFirstWorkerByte + static_cast<std::int64_t>(value & kWorkerMask);
}

std::string random_id() {
  std::random_device device;
  const auto high = static_cast<std::uint64_t>(device());
  return fmt::format("{:016x}", (high << 32U) | static_cast<std::uint64_t>(device()));
}

WriteLock::WriteLock(WriteLock&& other) noexcept : from_(std::exchange(other.from_, nullptr)) {}

WriteLock::~WriteLock() {
  if (from_ != nullptr) {
    from_->unlock_writes();
  }
}

const StopSignal* WriteLock::stop() const {
  return from_ == nullptr ? nullptr : from_->stop_;
}

FileLocks::FileLocks(const std::string& store_path, const StopSignal* stop)
    : store_path_(store_path),
      path_(store_path + "-lock"),
      stop_(stop),
      descriptor_(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)) {
  if (descriptor_ < 0) {
    const int error = errno;
    throw Error(Fault::store_unavailable, fmt::format("cannot write {} beside the store: {}", path_,
                                                      reason_and_remedy(error)));
  }
}

FileLocks::~FileLocks() {
  ::close(descriptor_);  // and with it every lock of this object
}

WriteLock FileLocks::lock_writes() {
  if (writing_) {
    throw Error(fmt::format(
        "cannot lock {}: this process is writing to the store already; report this error", path_));
  }
  Wait wait(*this);
  wait.lock(kTurnstileByte);
  try {
    wait.lock(kWriteByte);
  } catch (...) {
    unlock_byte(descriptor_, kTurnstileByte);
    throw;
  }
  unlock_byte(descriptor_, kTurnstileByte);
  writing_ = true;
  return WriteLock(*this);
}

void FileLocks::unlock_writes() {
  unlock_byte(descriptor_, kWriteByte);
  writing_ = false;
}

bool FileLocks::hold_worker(std::string_view id) {
  const auto byte = worker_byte(id);
  if (!byte || held_.contains(id) || !try_lock_byte(descriptor_, *byte, path_)) {
    return false;
  }
  held_.emplace(id);
  return true;
}

void FileLocks::release_worker(std::string_view id) {
  const auto held = held_.find(id);
  if (held != held_.end()) {
    unlock_byte(descriptor_, *worker_byte(id));
    held_.erase(held);
  }
}

void FileLocks::release_all_workers() {
  while (!held_.empty()) {
    release_worker(std::string(*held_.begin()));
  }
}

bool FileLocks::worker_alive(std::string_view id) const {
  if (held_.contains(id)) {
    return true;
  }
  const auto byte = worker_byte(id);
  if (!byte) {
    return false;
  }
  struct flock lock = byte_lock(*byte, F_WRLCK);
  if (::fcntl(descriptor_, F_OFD_GETLK, &lock) != 0) {
    const int error = errno;
    throw_lock_error(path_, error);
  }
  return lock.l_type != F_UNLCK;
}

}  // namespace dogged::sqlite
