// SPDX-License-Identifier: MIT
#include "http/command_output.h"

#include "base/system_error.h"
#include "base/units.h"
#include "http/unique_fd.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <optional>
#include <thread>

extern char** environ;

namespace dogged {

namespace {

constexpr Millis kExitPoll{5};

// A shell in a process group of its own, killed with all it started unless it was waited for.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  ~Child() {
    if (pid_ > 0) {
      (void)kill(-pid_, SIGKILL);  // fails only where it has ended
      while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
      }
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Its wait status; nothing where it still runs at `deadline`.
  std::optional<int> wait_until(SteadyTime deadline) {
    for (;;) {
      int status = 0;
      const pid_t ended = waitpid(pid_, &status, WNOHANG);
      if (ended == pid_) {
        pid_ = -1;
        return status;
      }
      if (std::chrono::steady_clock::now() >= deadline) {
        return std::nullopt;
      }
      // Only for a command that closes its stdout before it ends.
      std::this_thread::sleep_for(kExitPoll);
    }
  }

 private:
  pid_t pid_;
};

// posix_spawn's settings, which must be destroyed.
class SpawnSettings {
 public:
  explicit SpawnSettings(int output) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    sigset_t defaults;
    sigset_t none;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);  // we ignore it; pipelines in the command count on it
    sigemptyset(&none);
    posix_spawnattr_setsigdefault(&attributes_, &defaults);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  // 0, or the error.
  int spawn_shell(const std::string& command, pid_t& pid) const {
    std::string name = "sh";
    std::string option = "-c";
    std::string text = command;
    const std::array<char*, 4> arguments{name.data(), option.data(), text.data(), nullptr};
    return posix_spawn(&pid, "/bin/sh", &actions_, &attributes_, arguments.data(), environ);
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

enum class Reading { ended, timed_out, too_much, failed };

Reading read_all(int fd, SteadyTime deadline, std::size_t max_bytes, std::string& output) {
  std::array<char, 4096> part{};
  for (;;) {
    const auto left = std::chrono::ceil<Millis>(deadline - std::chrono::steady_clock::now());
    if (left <= Millis(0)) {
      return Reading::timed_out;
    }
    pollfd wait{fd, POLLIN, 0};
    if (poll(&wait, 1, static_cast<int>(left.count())) <= 0) {
      continue;
    }
    const ssize_t n = read(fd, part.data(), part.size());
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n <= 0) {
      return n == 0 ? Reading::ended : Reading::failed;
    }
    output.append(part.data(), static_cast<std::size_t>(n));
    if (output.size() > max_bytes) {
      return Reading::too_much;
    }
  }
}

}  // namespace

Result<std::string> command_output(const std::string& command, Millis limit,
                                   std::size_t max_bytes) {
  const SteadyTime deadline = std::chrono::steady_clock::now() + limit;
  std::array<int, 2> ends{-1, -1};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    return Failure{"no pipe for it: " + system_message(errno)};
  }
  const UniqueFd reading(ends[0]);
  UniqueFd writing(ends[1]);
  pid_t pid = -1;
  const int error = SpawnSettings(writing.get()).spawn_shell(command, pid);
  if (error != 0) {
    return Failure{"it could not be started: " + system_message(error)};
  }
  writing.reset();
  Child child(pid);
  const std::string too_slow = "it took longer than " + format_duration(limit);
  std::string output;
  switch (read_all(reading.get(), deadline, max_bytes, output)) {
    case Reading::ended:
      break;
    case Reading::timed_out:
      return Failure{too_slow};
    case Reading::too_much:
      return Failure{fmt::format("it wrote more than {} bytes", max_bytes)};
    case Reading::failed:
      return Failure{"its output could not be read"};
  }
  const auto status = child.wait_until(deadline);
  if (!status) {
    return Failure{too_slow};
  }
  if (WIFSIGNALED(*status)) {
    return Failure{fmt::format("it was killed by signal {}", WTERMSIG(*status))};
  }
  if (WEXITSTATUS(*status) != 0) {
    return Failure{fmt::format("it ended with status {}", WEXITSTATUS(*status))};
  }
  return output;
}

}  // namespace dogged
