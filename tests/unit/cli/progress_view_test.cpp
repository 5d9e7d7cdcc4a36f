// SPDX-License-Identifier: MIT
#include "cli/progress_view.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

namespace dogged {
namespace {

// A pipe as the screen, which the test reads, or does not.
class PipeScreen {
 public:
  PipeScreen() {
    if (pipe(ends_.data()) != 0 || fcntl(ends_[0], F_SETFL, O_NONBLOCK) != 0) {
      throw std::runtime_error("cannot make a pipe");
    }
    file_ = fdopen(ends_[1], "w");
  }
  ~PipeScreen() {
    std::fclose(file_);
    close(ends_[0]);
  }
  PipeScreen(const PipeScreen&) = delete;
  PipeScreen& operator=(const PipeScreen&) = delete;

  std::FILE* file() { return file_; }
  // Until not one byte more goes in.
  void fill() {
    REQUIRE(fcntl(ends_[1], F_SETFL, O_NONBLOCK) == 0);
    const std::string block(4'096, 'x');
    while (write(ends_[1], block.data(), block.size()) > 0) {
    }
    while (write(ends_[1], "x", 1) > 0) {
    }
    REQUIRE(fcntl(ends_[1], F_SETFL, 0) == 0);
  }
  // All that is in it, without what fill() wrote.
  std::string take() {
    std::string all;
    std::array<char, 4'096> part{};
    for (ssize_t n = 0; (n = read(ends_[0], part.data(), part.size())) > 0;) {
      all.append(part.data(), static_cast<std::size_t>(n));
    }
    all.erase(0, std::min(all.find_first_not_of('x'), all.size()));
    return all;
  }

 private:
  std::array<int, 2> ends_{};
  std::FILE* file_ = nullptr;
};

Progress at(Millis elapsed, std::int64_t done) {
  Progress progress;
  progress.elapsed = elapsed;
  progress.done = done;
  return progress;
}

TEST_CASE("a screen that takes nothing stops no run, and gets the end once it does") {
  PipeScreen screen;
  const SystemClock clock;
  auto view = make_progress_view(ProgressMode::json, screen.file(), clock);
  view->on_progress(at(Millis(1'000), 1));
  CHECK(screen.take().find("\"done\":1,") != std::string::npos);
  screen.fill();
  view->on_progress(at(Millis(2'000), 2));  // would block here
  view->on_notice("look");
  view->on_progress(at(Millis(3'000), 3));
  CHECK(screen.take().empty());
  view.reset();
  const std::string end = screen.take();
  CHECK(end.find("\"done\":2,") == std::string::npos);
  CHECK(end.find("\"done\":3,") != std::string::npos);
  CHECK(end.find("look") != std::string::npos);
}

TEST_CASE("what a screen could not take is caught up with when it can again") {
  PipeScreen screen;
  const SystemClock clock;
  const auto view = make_progress_view(ProgressMode::json, screen.file(), clock);
  screen.fill();
  view->on_notice("look");
  view->on_progress(at(Millis(1'000), 1));
  CHECK(screen.take().empty());
  view->on_progress(at(Millis(2'000), 2));
  const std::string shown = screen.take();
  CHECK(shown.find("look") < shown.find("\"done\":2,"));
  CHECK(shown.find("\"done\":1,") == std::string::npos);
}

TEST_CASE("plain lines that were skipped come as soon as they can") {
  PipeScreen screen;
  const SystemClock clock;
  const auto view = make_progress_view(ProgressMode::plain, screen.file(), clock);
  screen.fill();
  view->on_progress(at(Millis(2'000), 1));
  CHECK(screen.take().empty());
  view->on_progress(at(Millis(3'000), 1));
  CHECK_FALSE(screen.take().empty());
}

}  // namespace
}  // namespace dogged
