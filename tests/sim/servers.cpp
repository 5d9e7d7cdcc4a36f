// SPDX-License-Identifier: MIT
#include "tests/sim/servers.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace dogged::sim {
namespace {

constexpr Span kRefusalTakes = std::chrono::microseconds(100);

double seconds(Span span) {
  return std::chrono::duration<double>(span).count();
}

Span span(double in_seconds) {
  return std::chrono::duration_cast<Span>(std::chrono::duration<double>(in_seconds));
}

template <typename Heap>
void drop_ended(Heap& ends, Span at) {
  while (!ends.empty() && ends.top() <= at) {
    ends.pop();
  }
}

Reply ok(Span takes) {
  Reply reply;
  reply.takes = takes;
  return reply;
}

Reply refused(int status, std::optional<int> retry_after = {}) {
  return {Reply::Kind::refused, kRefusalTakes, status, retry_after, {}};
}

}  // namespace

ServiceTime::ServiceTime(std::mt19937_64& random, double mean_seconds, double variation)
    : random_(random),
      seconds_(std::log(mean_seconds) - std::log(1 + variation * variation) / 2,
               std::sqrt(std::log(1 + variation * variation))) {}

Span ServiceTime::draw() {
  return span(seconds_(random_));
}

HardCap::HardCap(ServiceTime time, int cap, std::vector<Change> changes)
    : time_(time), cap_(cap), changes_(changes.begin(), changes.end()) {}

Reply HardCap::arrive(Span at) {
  while (!changes_.empty() && changes_.front().at_seconds <= seconds(at)) {
    cap_ = changes_.front().to;
    changes_.pop_front();
  }
  drop_ended(ends_, at);
  if (static_cast<double>(ends_.size()) >= cap_) {
    return refused(503);
  }
  const Span takes = time_.draw();
  ends_.push(at + takes);
  return ok(takes);
}

TokenBucket::TokenBucket(std::mt19937_64& random, ServiceTime time, Shape shape)
    : random_(random), time_(time), shape_(std::move(shape)), tokens_(shape_.burst) {}

Reply TokenBucket::arrive(Span at) {
  refill(at);
  if (tokens_ < 1) {
    const double left = shape_.rate - others_;
    std::optional<int> wait;
    if (shape_.tells_wait) {
      wait = std::max(1, static_cast<int>(std::ceil((1 - tokens_) / left)));
    }
    return refused(shape_.status, wait);
  }
  tokens_ -= 1;
  return ok(time_.draw());
}

double TokenBucket::allowed(Span until) {
  refill(until);
  return allowed_;
}

void TokenBucket::refill(Span at) {
  const double now = seconds(at);
  while (filled_at_ < now) {
    if (filled_at_ >= others_until_) {
      others_ =
          std::uniform_real_distribution<double>(shape_.others_least, shape_.others_most)(random_);
      others_until_ = filled_at_ + 10;
    }
    double to = std::min(now, others_until_);
    if (!shape_.changes.empty()) {
      if (shape_.changes.front().at_seconds <= filled_at_) {
        shape_.rate = shape_.changes.front().to;
        shape_.changes.erase(shape_.changes.begin());
      } else {
        to = std::min(to, shape_.changes.front().at_seconds);
      }
    }
    const double came = (to - filled_at_) * (shape_.rate - others_);
    allowed_ += came;
    tokens_ = std::min(shape_.burst, tokens_ + came);
    filled_at_ = to;
  }
}

FixedWindow::FixedWindow(std::mt19937_64& random, ServiceTime time, Shape shape)
    : time_(time),
      shape_(shape),
      offset_(std::uniform_real_distribution<double>(0, shape.seconds)(random)) {}

Reply FixedWindow::arrive(Span at) {
  const double window = std::floor((seconds(at) + offset_) / shape_.seconds);
  if (window != window_) {
    window_ = window;
    taken_ = 0;
  }
  const bool taken = taken_ < shape_.count;
  taken_ += taken ? 1 : 0;
  Reply reply = taken ? ok(time_.draw()) : refused(shape_.status);
  reply.announces = shape_.announces;
  return reply;
}

Queue::Queue(ServiceTime time, std::size_t workers, std::size_t longest)
    : time_(time), longest_(longest) {
  for (std::size_t i = 0; i < workers; ++i) {
    free_at_.push(Span(0));
  }
}

Reply Queue::arrive(Span at) {
  while (!begins_.empty() && begins_.front() <= at) {
    begins_.pop_front();
  }
  if (begins_.size() >= longest_) {
    return refused(503);
  }
  const Span begin = std::max(at, free_at_.top());
  free_at_.pop();
  const Span end = begin + time_.draw();
  free_at_.push(end);
  begins_.push_back(begin);
  return ok(end - at);
}

Reply Slowing::arrive(Span at) {
  drop_ended(ends_, at);
  const double factor = slowness(static_cast<double>(ends_.size()) + 1);
  const Span takes = span(seconds(time_.draw()) * factor);
  ends_.push(at + takes);
  return ok(takes);
}

double Slowing::capacity(double mean_seconds) {
  double best = 0;
  for (int n = 1; n < 400; ++n) {
    best = std::max(best, n / slowness(n) / mean_seconds);
  }
  return best;
}

double Slowing::slowness(double at_once) {
  return 1 + 0.02 * (at_once - 1) + 0.0002 * at_once * (at_once - 1);
}

Outage::Outage(std::unique_ptr<Server> inner, Span from, Span to, Reply while_down)
    : inner_(std::move(inner)), from_(from), to_(to), while_down_(while_down) {}

Reply Outage::arrive(Span at) {
  if (at >= from_ && at < to_) {
    ++asked_;
    return while_down_;
  }
  return inner_->arrive(at);
}

Faulty::Faulty(std::unique_ptr<Server> inner, std::mt19937_64& random, double share)
    : inner_(std::move(inner)), random_(random), share_(share) {}

Reply Faulty::arrive(Span at) {
  const double roll = std::uniform_real_distribution<double>(0, 1)(random_);
  if (roll < share_ / 2) {
    return {Reply::Kind::error, std::chrono::milliseconds(5), 500, {}, {}};
  }
  if (roll < share_) {
    return {Reply::Kind::lost, std::chrono::milliseconds(5), 0, {}, {}};
  }
  return inner_->arrive(at);
}

}  // namespace dogged::sim
