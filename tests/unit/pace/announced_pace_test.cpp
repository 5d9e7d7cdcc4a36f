// SPDX-License-Identifier: MIT
// What servers announce, and what the pacer makes of it.
#include "pace/announced_pace.h"

#include "pace/adaptive_pacer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

namespace dogged {
namespace {

constexpr SteadyTime kBegin{std::chrono::hours(1)};
constexpr Millis kRoundTrip{50};

ServerHint tells(double rate) {
  ServerHint hint;
  hint.announced_rate = rate;
  return hint;
}

// What a server does with a request that arrives so many milliseconds after the first.
struct Answer {
  PaceSignal signal = PaceSignal::answered;
  ServerHint hint = {};
};
using Serve = std::function<Answer(Millis at)>;

// So many requests in each window, the first of which begins with the first request.
class FixedWindow {
 public:
  FixedWindow(double quota, Millis window) : quota_(quota), window_(window) {}

  Answer serve(Millis at) {
    if (at / window_ != now_) {
      now_ = at / window_;
      used_ = 0;
    }
    Answer answer;
    if (used_ >= quota_) {
      answer.signal = PaceSignal::refused;
      answer.hint.too_many = true;
    } else {
      ++used_;
    }
    left_ = quota_ - used_;
    reset_ = window_ - at % window_;
    return answer;
  }
  double left() const { return left_; }
  Millis reset() const { return reset_; }

 private:
  double quota_;
  Millis window_;
  std::int64_t now_ = 0;
  double used_ = 0;
  double left_ = 0;
  Millis reset_{0};
};

struct Seen {
  int answered = 0;
  int refused = 0;
  std::size_t most_at_once = 0;
  std::vector<Millis> starts;

  int started(Millis from, Millis to) const {
    return static_cast<int>(std::count_if(starts.begin(), starts.end(),
                                          [&](Millis at) { return at >= from && at < to; }));
  }
};

// Plays a client that always has a job against a server, a millisecond at a time.
Seen play(AdaptivePacer& pacer, const Serve& serve, Millis until) {
  struct InFlight {
    Millis ends;
    Pacer::StartId id;
    Answer answer;
  };
  Seen seen;
  std::deque<InFlight> in_flight;
  for (Millis at{0}; at < until; ++at) {
    while (!in_flight.empty() && in_flight.front().ends <= at) {
      const InFlight ended = in_flight.front();
      in_flight.pop_front();
      const bool answered = ended.answer.signal == PaceSignal::answered;
      ++(answered ? seen.answered : seen.refused);
      pacer.on_end(ended.id, ended.answer.signal, ended.answer.hint, kBegin + at);
    }
    while (pacer.next_start(kBegin + at).kind == StartDecision::Kind::now) {
      seen.starts.push_back(at);
      in_flight.push_back({at + kRoundTrip, pacer.on_start(kBegin + at), serve(at)});
      seen.most_at_once = std::max(seen.most_at_once, in_flight.size());
    }
  }
  return seen;
}

TEST_CASE("a server that announces 100 a minute is never searched for its limit by refusals") {
  AdaptivePacer pacer({64}, 7);
  FixedWindow server(100, Millis(60'000));
  const auto serve = [&](Millis at) {
    Answer answer = server.serve(at);
    answer.hint.announced_rate = 100.0 / 60;
    return answer;
  };
  const Seen seen = play(pacer, serve, Millis(600'000));
  CHECK(seen.refused == 0);
  CHECK(seen.answered >= 970);
  CHECK(seen.most_at_once == 4);  // before the first answer
  CHECK(pacer.view(kBegin + Millis(600'000)).start_rate.value_or(0) == doctest::Approx(1.65));
  CHECK(pacer.learned()->rate.value_or(0) == doctest::Approx(1.65));
}

TEST_CASE("a fast announced rate is kept to, and the server's wait after the last one") {
  AdaptivePacer pacer({64}, 7);
  FixedWindow server(200, Millis(1'000));
  const auto serve = [&](Millis at) {
    Answer answer = server.serve(at);
    answer.hint.announced_rate = 200;
    answer.hint.remaining = server.left();
    answer.hint.reset = server.reset();
    if (server.left() == 0) {
      answer.hint.retry_after = server.reset();
    }
    return answer;
  };
  const Seen seen = play(pacer, serve, Millis(60'000));
  CHECK(seen.refused == 0);
  CHECK(seen.answered >= 0.97 * 200 * 60);
}

TEST_CASE("a quota of an unknown window is used up without a refusal, and its reset waited for") {
  AdaptivePacer pacer({64}, 7);
  FixedWindow server(300, Millis(30'000));
  const auto serve = [&](Millis at) {
    Answer answer = server.serve(at);
    answer.hint.remaining = server.left();
    answer.hint.reset = server.reset();
    if (server.left() == 0) {
      answer.hint.retry_after = server.reset();
    }
    return answer;
  };
  const Seen seen = play(pacer, serve, Millis(90'000));
  CHECK(seen.refused == 0);
  CHECK(seen.answered == 900);
  CHECK(seen.most_at_once > 4);  // it is a quota and not a rate
}

TEST_CASE("an announcement that is too high is corrected by refusals") {
  for (const double announced : {60.0, 100.0, 1'000.0}) {
    CAPTURE(announced);
    AdaptivePacer pacer({64}, 7);
    double tokens = 10;  // of a bucket that holds 10 and gets 50 a second
    Millis filled{0};
    const auto serve = [&](Millis at) {
      tokens = std::min(10.0, tokens + 0.05 * static_cast<double>((at - filled).count()));
      filled = at;
      Answer answer{PaceSignal::answered, tells(announced)};
      if (tokens < 1) {
        answer.signal = PaceSignal::refused;
        answer.hint.too_many = true;
      } else {
        tokens -= 1;
      }
      return answer;
    };
    const Seen seen = play(pacer, serve, Millis(60'000));
    CHECK(seen.answered >= 0.97 * 50 * 60);
    CHECK(seen.refused <= 0.01 * 50 * 60);
  }
}

TEST_CASE("an announcement is followed up and down, and forgotten when it is made no more") {
  AdaptivePacer pacer({64}, 7);
  const auto serve = [](Millis at) -> Answer {
    if (at < Millis(10'000)) {
      return {PaceSignal::answered, tells(20)};
    }
    if (at < Millis(20'000)) {
      return {PaceSignal::answered, tells(100)};
    }
    if (at < Millis(30'000)) {
      return {PaceSignal::answered, tells(10)};
    }
    return {};
  };
  const Seen seen = play(pacer, serve, Millis(45'000));
  CHECK(seen.started(Millis(1'000), Millis(10'000)) == doctest::Approx(20 * 9).epsilon(0.03));
  CHECK(seen.started(Millis(11'000), Millis(20'000)) == doctest::Approx(79 * 9).epsilon(0.3));
  CHECK(seen.started(Millis(21'000), Millis(30'000)) == doctest::Approx(10 * 9).epsilon(0.03));
  CHECK(seen.started(Millis(40'000), Millis(45'000)) > 200 * 5);
}

TEST_CASE("a few answers that tell nothing do not lift the bound") {
  AnnouncedPace announced;
  announced.on_end(tells(100), 3, 1);
  for (int i = 0; i < 19; ++i) {
    announced.on_end({}, 3, 2);
  }
  CHECK(announced.rate().value_or(0) == doctest::Approx(99));
  announced.on_end(tells(50), 3, 3);
  for (int i = 0; i < 19; ++i) {
    announced.on_end({}, 3, 4);
  }
  CHECK(announced.rate().value_or(0) == doctest::Approx(49.5));
  announced.on_end({}, 3, 5);
  CHECK_FALSE(announced.rate().has_value());
}

TEST_CASE("no more start than remain, until the reset") {
  AnnouncedPace announced;
  CHECK(announced.has_room(10, 0));
  ServerHint hint;
  hint.remaining = 5;
  announced.on_end(hint, 3, 100);
  CHECK(announced.has_room(10, 100));  // without a reset it tells nothing
  hint.reset = Millis(10'000);
  announced.on_end(hint, 3, 100);
  CHECK(announced.has_room(3, 100));
  announced.on_start();
  CHECK(announced.has_room(4, 100));
  announced.on_start();
  CHECK_FALSE(announced.has_room(5, 100));
  CHECK(announced.has_room(0, 100));  // one at a time always
  CHECK_FALSE(announced.has_room(5, 109.9));
  CHECK(announced.has_room(5, 110));
}

TEST_CASE("starts are spaced under a rate that changes") {
  StartSpacing spacing;
  CHECK(spacing.next(10) <= 5);
  spacing.on_start(10, 5);
  const double first = spacing.next(10);
  CHECK(first > 5.07);
  CHECK(first <= 5.1);
  CHECK(spacing.next(1) == doctest::Approx(first + 0.9));  // a lower rate holds from the last start
  spacing.on_start(10, first + 0.01);                      // a bit late: caught up
  CHECK(spacing.next(10) == doctest::Approx(first + 0.1));
  spacing.on_start(10, first + 9);  // much too late: nothing is saved up
  CHECK(spacing.next(10) >= first + 9.07);
}

}  // namespace
}  // namespace dogged
