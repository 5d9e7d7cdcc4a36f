// SPDX-License-Identifier: MIT
#include "table/range_crew.h"

#include "base/clock.h"
#include "base/sync.h"

#include <atomic>
#include <deque>
#include <exception>
#include <map>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace dogged {
namespace {

// What may be waiting, all together, before ranges ahead of their turn wait. The one whose turn it
// is may add as much again, and a piece at any rate: pieces have no upper bound, and the caller
// waits for just that range.
constexpr std::size_t kAheadBytes = std::size_t{4} << 20;

// A string that grew beyond that for one large row is not kept for others.
constexpr std::size_t kLargestSpare = std::size_t{1} << 20;

// How long the caller's thread waits for a piece before it calls `check` again.
constexpr Millis kCheckInterval{50};

// The pieces on their way from the workers to the caller's thread. Any thread; outlives them all.
class Handover {
 public:
  explicit Handover(std::size_t ranges) : ranges_(ranges) {}

  bool go_on() const { return !ended_.load(std::memory_order_relaxed); }

  std::optional<std::size_t> claim() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return go_on() && claimed_ < ranges_ ? std::optional(claimed_++) : std::nullopt;
  }

  bool put(std::size_t range, std::string& piece) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    while (go_on() && !may_put(range)) {
      room_.wait(mutex_);
    }
    if (!go_on()) {
      return false;
    }
    waiting_bytes_ += piece.size();
    waiting_[range].pieces.push_back(std::move(piece));
    piece.clear();
    if (!spares_.empty()) {
      piece = std::move(spares_.back());
      spares_.pop_back();
    }
    if (range == turn_) {
      ready_.notify_one();
    }
    return true;
  }

  void complete(std::size_t range) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    waiting_[range].complete = true;
    ready_.notify_one();
  }

  void fail(std::exception_ptr failure) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    failure_ = failure_ ? failure_ : std::move(failure);
    end_locked();
  }

  void end() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    end_locked();
  }

  // The next piece in order. Nothing at `deadline`, or once over(). Throws what fail() was told.
  std::optional<std::string> take(SteadyTime deadline) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    for (;;) {
      if (failure_) {
        std::rethrow_exception(failure_);
      }
      auto current = waiting_.find(turn_);
      while (current != waiting_.end() && current->second.pieces.empty() &&
             current->second.complete) {
        waiting_.erase(current);
        current = waiting_.find(++turn_);
        room_.notify_all();
      }
      if (current != waiting_.end() && !current->second.pieces.empty()) {
        std::string piece = std::move(current->second.pieces.front());
        current->second.pieces.pop_front();
        waiting_bytes_ -= piece.size();
        room_.notify_all();
        return piece;
      }
      if (turn_ == ranges_ || !ready_.wait_until(mutex_, deadline)) {
        return std::nullopt;
      }
    }
  }

  // Gives the room of a piece that take() gave back to those who make the next.
  void recycle(std::string piece) EXCLUDES(mutex_) {
    if (piece.capacity() > kLargestSpare) {
      return;
    }
    piece.clear();
    MutexLock lock(mutex_);
    spares_.push_back(std::move(piece));
  }

  bool over() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return turn_ == ranges_;
  }

 private:
  struct Range {
    std::deque<std::string> pieces;
    bool complete = false;
  };

  bool may_put(std::size_t range) REQUIRES(mutex_) {
    if (range != turn_) {
      return waiting_bytes_ < kAheadBytes;
    }
    return waiting_bytes_ < 2 * kAheadBytes || waiting_[range].pieces.empty();
  }

  void end_locked() REQUIRES(mutex_) {
    ended_.store(true);
    ready_.notify_all();
    room_.notify_all();
  }

  const std::size_t ranges_;
  std::atomic<bool> ended_{false};
  Mutex mutex_;
  CondVar ready_;  // synchronises itself
  CondVar room_;   // synchronises itself
  std::size_t claimed_ GUARDED_BY(mutex_) = 0;
  std::size_t turn_ GUARDED_BY(mutex_) = 0;  // the range whose pieces come next
  std::size_t waiting_bytes_ GUARDED_BY(mutex_) = 0;
  std::map<std::size_t, Range> waiting_ GUARDED_BY(mutex_);
  std::vector<std::string> spares_ GUARDED_BY(mutex_);
  std::exception_ptr failure_ GUARDED_BY(mutex_);
};

// One range's way into the handover.
class HandoverOutput final : public RangeOutput {
 public:
  HandoverOutput(Handover& handover, std::size_t range) : handover_(handover), range_(range) {}
  bool go_on() override { return handover_.go_on(); }
  bool put(std::string& piece) override { return handover_.put(range_, piece); }

 private:
  Handover& handover_;
  const std::size_t range_;
};

// Straight to the sink, where the caller's thread does the work itself.
class DirectOutput final : public RangeOutput {
 public:
  DirectOutput(const std::function<void(std::string_view)>& sink,
               const std::function<void()>& check)
      : sink_(sink), check_(check) {}
  bool go_on() override {
    check_();
    return true;
  }
  bool put(std::string& piece) override {
    sink_(piece);
    piece.clear();
    return true;
  }

 private:
  const std::function<void(std::string_view)>& sink_;
  const std::function<void()>& check_;
};

// The worker threads; joined at the latest when it is destroyed. `handover` and `work` outlive it.
class Threads {
 public:
  Threads(std::size_t workers, Handover& handover, const RangeWork& work) : handover_(handover) {
    threads_.reserve(workers);
    try {
      for (std::size_t i = 0; i < workers; ++i) {
        threads_.emplace_back([this, i, &work] { run(i, work); });
      }
    } catch (...) {
      stop();
      throw;
    }
  }
  ~Threads() { stop(); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  void run(std::size_t worker, const RangeWork& work) {
    try {
      while (const auto range = handover_.claim()) {
        HandoverOutput output(handover_, *range);
        work(worker, *range, output);
        handover_.complete(*range);
      }
    } catch (...) {
      handover_.fail(std::current_exception());
    }
  }

  void stop() {
    handover_.end();
    for (std::thread& thread : threads_) {
      thread.join();
    }
    threads_.clear();
  }

  Handover& handover_;
  std::vector<std::thread> threads_;
};

}  // namespace

void work_in_order(std::size_t workers, std::size_t ranges, const RangeWork& work,
                   const std::function<void(std::string_view)>& sink,
                   const std::function<void()>& check) {
  if (workers <= 1) {
    DirectOutput output(sink, check);
    for (std::size_t range = 0; range < ranges; ++range) {
      work(0, range, output);
    }
    return;
  }
  Handover handover(ranges);
  const Threads threads(workers, handover, work);
  const SystemClock clock;
  while (!handover.over()) {
    check();
    if (auto piece = handover.take(clock.steady() + kCheckInterval)) {
      sink(*piece);
      handover.recycle(std::move(*piece));
    }
  }
}

}  // namespace dogged
