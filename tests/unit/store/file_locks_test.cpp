// SPDX-License-Identifier: MIT
#include "store/sqlite/file_locks.h"

#include "base/error.h"
#include "base/stop_signal.h"
#include "tests/fakes/temporary_directory.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <optional>
#include <string>
#include <thread>

using dogged::Millis;
using dogged::sqlite::FileLocks;
using dogged::sqlite::judge_wait;
using dogged::sqlite::random_id;
using dogged::sqlite::WaitVerdict;
using dogged::sqlite::WriteLock;

namespace {

// As another process would see it.
bool write_lock_is_held(const std::string& store_path) {
  const int descriptor = ::open((store_path + "-lock").c_str(), O_RDWR | O_CLOEXEC);
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = 1;  // frozen
  lock.l_len = 1;
  const bool told = ::fcntl(descriptor, F_OFD_GETLK, &lock) == 0;
  ::close(descriptor);
  return told && lock.l_type != F_UNLCK;
}

}  // namespace

TEST_CASE("a worker is alive while its lock is held, and only one lives under an id") {
  const dogged::TemporaryDirectory scratch;
  FileLocks ours((scratch.path() / "a.db").string());
  FileLocks theirs((scratch.path() / "a.db").string());
  const std::string id = random_id();
  CHECK(!theirs.worker_alive(id));
  REQUIRE(ours.hold_worker(id));
  CHECK(ours.worker_alive(id));
  CHECK(theirs.worker_alive(id));
  CHECK(!theirs.hold_worker(id));
  CHECK(!ours.hold_worker(id));
  CHECK(!theirs.worker_alive(random_id()));
  ours.release_worker(id);
  CHECK(!ours.worker_alive(id));
  CHECK(!theirs.worker_alive(id));
}

TEST_CASE("a worker that is killed is dead at once") {
  const dogged::TemporaryDirectory scratch;
  FileLocks ours((scratch.path() / "a.db").string());
  const std::string id = random_id();
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    FileLocks locks((scratch.path() / "a.db").string());
    const char held = locks.hold_worker(id) ? 1 : 0;
    (void)!::write(ready[1], &held, 1);
    for (;;) {
      ::pause();
    }
  }
  char held = 0;
  REQUIRE(::read(ready[0], &held, 1) == 1);
  CHECK(held == 1);
  CHECK(ours.worker_alive(id));
  ::kill(child, SIGKILL);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(!ours.worker_alive(id));
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_CASE("what is no id is no living worker") {
  const dogged::TemporaryDirectory scratch;
  FileLocks locks((scratch.path() / "a.db").string());
  for (const char* bad : {"", "12", "000000000000000g", "00000000000000001", "-000000000000001"}) {
    CAPTURE(bad);
    CHECK(!locks.hold_worker(bad));
    CHECK(!locks.worker_alive(bad));
  }
}

TEST_CASE("ids differ and every id has a byte of its own beyond the other locks") {
  const std::string a = random_id();
  const std::string b = random_id();
  CHECK(a.size() == 16);
  CHECK(a != b);
  CHECK(dogged::sqlite::worker_byte("0000000000000000").value() > 1);
  CHECK(dogged::sqlite::worker_byte("ffffffffffffffff").value() > 1);
  CHECK(dogged::sqlite::worker_byte("0000000000000001").value() ==
        dogged::sqlite::worker_byte("0000000000000000").value() + 1);
}

TEST_CASE("the write lock excludes, and writers in a loop do not starve one who waits") {
  const dogged::TemporaryDirectory scratch;
  std::atomic<int> inside{0};
  std::atomic<bool> overlapped{false};
  std::atomic<bool> waited{false};
  const auto loop = [&] {
    FileLocks locks((scratch.path() / "a.db").string());
    while (!waited) {
      const WriteLock lock = locks.lock_writes();
      overlapped = overlapped || inside.fetch_add(1) != 0;
      inside.fetch_sub(1);
    }
  };
  std::thread first(loop);
  std::thread second(loop);
  {
    FileLocks locks((scratch.path() / "a.db").string());
    for (int i = 0; i < 20; ++i) {
      const WriteLock lock = locks.lock_writes();
      overlapped = overlapped || inside.fetch_add(1) != 0;
      inside.fetch_sub(1);
    }
  }
  waited = true;
  first.join();
  second.join();
  CHECK(!overlapped);
}

TEST_CASE("a write lock that moved on is given back once") {
  const dogged::TemporaryDirectory scratch;
  FileLocks locks((scratch.path() / "a.db").string());
  {
    std::optional<WriteLock> outer;
    outer.emplace(locks.lock_writes());
    const WriteLock inner = std::move(*outer);
  }
  const WriteLock again = locks.lock_writes();
}

TEST_CASE("taking the write lock twice is told at once, and the first one is kept") {
  const dogged::TemporaryDirectory scratch;
  FileLocks locks((scratch.path() / "a.db").string());
  {
    const WriteLock outer = locks.lock_writes();
    CHECK_THROWS_AS((void)locks.lock_writes(), dogged::Error);
    CHECK(write_lock_is_held((scratch.path() / "a.db").string()));
  }
  CHECK_FALSE(write_lock_is_held((scratch.path() / "a.db").string()));
  const WriteLock again = locks.lock_writes();
}

TEST_CASE("who waits for the write lock says so once, hears a stop, and gives up in the end") {
  struct Case {
    int waited_ms;
    bool told, stopping;
    WaitVerdict verdict;
  };
  for (const Case& c :
       {Case{0, false, false, WaitVerdict::go_on}, Case{1999, false, false, WaitVerdict::go_on},
        Case{2000, false, false, WaitVerdict::tell}, Case{2000, true, false, WaitVerdict::go_on},
        Case{499, false, true, WaitVerdict::go_on}, Case{500, false, true, WaitVerdict::stop},
        Case{300'000, true, true, WaitVerdict::stop},
        Case{600'000, true, false, WaitVerdict::go_on},
        Case{600'001, true, false, WaitVerdict::give_up}}) {
    CAPTURE(c.waited_ms);
    CHECK(judge_wait(Millis(c.waited_ms), c.told, c.stopping) == c.verdict);
  }
}

TEST_CASE("told to stop, a wait for the write lock ends and leaves the way free for others") {
  const dogged::TemporaryDirectory scratch;
  const std::string path = (scratch.path() / "a.db").string();
  dogged::StopSignal stop;
  stop.request_stop();
  FileLocks theirs(path);
  FileLocks ours(path, &stop);
  {
    const WriteLock held = theirs.lock_writes();
    dogged::Fault fault = dogged::Fault::failure;
    try {
      (void)ours.lock_writes();
    } catch (const dogged::Error& error) {
      fault = error.fault();
    }
    CHECK(fault == dogged::Fault::store_unavailable);
  }
  {
    const WriteLock again = theirs.lock_writes();  // the turnstile was left
  }
  const WriteLock free = ours.lock_writes();  // what is free is taken, stopping or not
}
