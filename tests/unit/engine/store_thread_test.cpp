// SPDX-License-Identifier: MIT
#include "engine/store_thread.h"

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace dogged {
namespace {

// Counts the calls of `wake`, and lets the test wait for them.
class Bell {
 public:
  void ring() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    ++rings_;
    rang_.notify_all();
  }
  void wait_for(int rings) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    while (rings_ < rings) {
      rang_.wait(mutex_);
    }
  }
  int rings() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return rings_;
  }

 private:
  Mutex mutex_;
  CondVar rang_;  // synchronises itself
  int rings_ GUARDED_BY(mutex_) = 0;
};

std::string what(const std::exception_ptr& error) {
  if (!error) {
    return "";
  }
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    return e.what();
  }
}

TEST_CASE("work is done in order on another thread, and followed up in order on this one") {
  StoreThread store([] {});
  std::vector<int> done;
  std::vector<int> followed;
  const std::thread::id here = std::this_thread::get_id();
  for (int i = 0; i < 200; ++i) {
    store.post(
        [&done, i, here] {
          CHECK(std::this_thread::get_id() != here);
          done.push_back(i);
        },
        [&followed, i, here](const std::exception_ptr& error) {
          CHECK(std::this_thread::get_id() == here);
          CHECK_FALSE(error);
          followed.push_back(i);
        });
  }
  store.finish();
  REQUIRE(done.size() == 200);
  for (int i = 0; i < 200; ++i) {
    CHECK(done[static_cast<std::size_t>(i)] == i);
  }
  CHECK(followed == done);
}

TEST_CASE("posting does not wait, and nothing follows before its work is done") {
  StoreThread store([] {});
  std::promise<void> go;
  std::vector<std::string> followed;
  store.post([&] { go.get_future().wait(); },
             [&](const std::exception_ptr&) { followed.emplace_back("slow"); });
  store.post([] {}, [&](const std::exception_ptr&) { followed.emplace_back("second"); });
  store.follow_up();
  CHECK(followed.empty());
  go.set_value();
  store.finish();
  CHECK(followed == std::vector<std::string>{"slow", "second"});
}

TEST_CASE("the thread wakes whoever waits for each work that is done, failed ones too") {
  Bell bell;
  StoreThread store([&] { bell.ring(); });
  int followed = 0;
  store.post([] {}, [&](const std::exception_ptr&) { ++followed; });
  store.post([] { throw std::runtime_error("no"); },
             [&](const std::exception_ptr&) { ++followed; });
  bell.wait_for(2);
  store.follow_up();  // what woke us is there to be followed up
  CHECK(followed == 2);
  CHECK(bell.rings() == 2);
}

TEST_CASE("what work throws goes to what follows on it, and the next is done all the same") {
  StoreThread store([] {});
  std::vector<std::string> errors;
  const auto note = [&](const std::exception_ptr& error) { errors.push_back(what(error)); };
  store.post([] { throw std::runtime_error("disk full"); }, note);
  store.post([] {}, note);
  store.finish();
  CHECK(errors == std::vector<std::string>{"disk full", ""});
}

TEST_CASE("what a follow-up throws goes up, and the rest follows at the next call") {
  StoreThread store([] {});
  std::vector<int> followed;
  store.post([] {},
             [&](const std::exception_ptr&) {
               followed.push_back(1);
               throw std::runtime_error("no more");
             });
  store.post([] {}, [&](const std::exception_ptr&) { followed.push_back(2); });
  CHECK_THROWS_WITH(store.finish(), "no more");
  CHECK(followed == std::vector<int>{1});
  store.follow_up();
  CHECK(followed == std::vector<int>{1, 2});
}

TEST_CASE("a follow-up may post more, which finish leaves to the next call") {
  StoreThread store([] {});
  std::vector<int> followed;
  store.post([] {},
             [&](const std::exception_ptr&) {
               followed.push_back(1);
               store.post([] {}, [&](const std::exception_ptr&) { followed.push_back(2); });
             });
  store.finish();
  store.finish();
  CHECK(followed == std::vector<int>{1, 2});
}

TEST_CASE("finish waits for the work that has begun") {
  std::promise<void> begun;
  bool followed = false;
  StoreThread store([] {});
  store.post(
      [&] {
        begun.set_value();
        for (int i = 0; i < 10'000; ++i) {
          std::this_thread::yield();
        }
      },
      [&](const std::exception_ptr&) { followed = true; });
  begun.get_future().wait();
  store.finish();
  CHECK(followed);
}

TEST_CASE("finish and drop with nothing posted return at once") {
  StoreThread store([] {});
  store.finish();
  store.drop();
  store.follow_up();
}

TEST_CASE("drop waits for the work, but nothing follows on it") {
  StoreThread store([] {});
  int done = 0;
  int followed = 0;
  for (int i = 0; i < 20; ++i) {
    store.post([&] { ++done; }, [&](const std::exception_ptr&) { ++followed; });
  }
  store.drop();
  CHECK(done == 20);
  store.finish();
  CHECK(followed == 0);
}

TEST_CASE("destroyed, it finishes what was posted, and lets go of what was to follow") {
  int done = 0;
  int followed = 0;
  const auto held = std::make_shared<int>(0);
  {
    std::promise<void> go;
    StoreThread store([] {});
    store.post([&] { go.get_future().wait(); }, [](const std::exception_ptr&) {});
    for (int i = 0; i < 20; ++i) {
      store.post([&] { ++done; }, [&followed, held](const std::exception_ptr&) { ++followed; });
    }
    go.set_value();
  }
  CHECK(done == 20);
  CHECK(followed == 0);
  CHECK(held.use_count() == 1);
}

TEST_CASE("posts and follow-ups by turns lose nothing while the thread is at work") {
  std::atomic<int> woken{0};
  int done = 0;
  int followed = 0;
  {
    StoreThread store([&] { ++woken; });
    for (int i = 0; i < 2'000; ++i) {
      store.post([&] { ++done; }, [&](const std::exception_ptr&) { ++followed; });
      store.follow_up();
    }
    store.finish();
  }
  CHECK(done == 2'000);
  CHECK(followed == 2'000);
  CHECK(woken == 2'000);
}

}  // namespace
}  // namespace dogged
