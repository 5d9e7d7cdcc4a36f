// SPDX-License-Identifier: MIT
#include "cli/progress_view.h"

#include "base/log.h"
#include "cli/progress_text.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace dogged {
namespace {

// The screen is for people: when it goes away, or takes nothing for a while (Ctrl-S, a pipe that
// nobody reads), the run goes on.
class Screen {
 public:
  explicit Screen(std::FILE* file) : file_(file) {}

  void show(const std::string& text) const {
    (void)std::fwrite(text.data(), 1, text.size(), file_);
    (void)std::fflush(file_);
  }

  // Whether a line can be shown without waiting. A pipe is ready only with room for PIPE_BUF bytes.
  bool is_ready() const {
    pollfd ready = {fileno(file_), POLLOUT, 0};
    return ready.fd < 0 || poll(&ready, 1, 0) != 0;  // an error does not block either
  }

  // Asked each time: windows change. One column stays free, or the cursor would wrap.
  std::size_t width() const {
    winsize size = {};
    const bool known = ioctl(fileno(file_), TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
    return known ? size.ws_col - 1U : 79U;
  }

 private:
  std::FILE* const file_;
};

// Notices are said once: those that come while the screen takes nothing wait for it, at the end
// without regard to the run, which is over.
class View : public Observer {
 public:
  explicit View(std::FILE* file) : screen_(file) {}

  void on_progress(const Progress& progress) final {
    if (screen_.is_ready()) {
      tell_notices();
      draw(progress);
    } else {
      skip(progress);
    }
  }

  void on_notice(std::string_view message) final {
    notices_.emplace_back(message);
    if (screen_.is_ready()) {
      tell_notices();
    }
  }

 protected:
  virtual void draw(const Progress& progress) = 0;
  // It was not drawn.
  virtual void skip(const Progress& /*progress*/) {}
  virtual void tell(const std::string& notice) { log_warning(notice); }
  // To be called by each destructor.
  void tell_notices() {
    for (const std::string& notice : std::exchange(notices_, {})) {
      tell(notice);
    }
  }
  const Screen& screen() const { return screen_; }

 private:
  const Screen screen_;
  std::vector<std::string> notices_;
};

class NoView final : public View {
 public:
  using View::View;
  ~NoView() override { tell_notices(); }
  NoView(const NoView&) = delete;
  NoView& operator=(const NoView&) = delete;

 private:
  void draw(const Progress& /*progress*/) override {}
};

class LiveView final : public View {
 public:
  LiveView(std::FILE* screen, const Clock& clock) : View(screen), clock_(clock) {}
  ~LiveView() override {
    tell_notices();
    if (drawn_) {
      screen().show("\n");
    }
  }
  LiveView(const LiveView&) = delete;
  LiveView& operator=(const LiveView&) = delete;

 private:
  static constexpr char kErase[] = "\x1b[K";  // to the end of the line

  void draw(const Progress& progress) override {
    screen().show("\r" + live_line(progress, screen().width(), clock_.wall()) + kErase);
    drawn_ = true;
  }
  void tell(const std::string& notice) override {
    if (drawn_) {
      screen().show(std::string("\r") + kErase);
      drawn_ = false;
    }
    View::tell(notice);
  }

  const Clock& clock_;
  bool drawn_ = false;
};

class PlainView final : public View {
 public:
  PlainView(std::FILE* screen, const Clock& clock) : View(screen), clock_(clock) {}
  ~PlainView() override { tell_notices(); }
  PlainView(const PlainView&) = delete;
  PlainView& operator=(const PlainView&) = delete;

 private:
  static constexpr Millis kEvery{60'000};

  void draw(const Progress& progress) override {
    if (progress.elapsed < next_) {
      return;
    }
    next_ = progress.elapsed + kEvery;
    screen().show(plain_line(progress, clock_.wall()) + "\n");
  }

  const Clock& clock_;
  Millis next_{2'000};
};

class JsonView final : public View {
 public:
  JsonView(std::FILE* screen, const Clock& clock) : View(screen), clock_(clock) {}
  ~JsonView() override {
    tell_notices();
    if (!skipped_.empty()) {
      screen().show(skipped_);
    }
  }
  JsonView(const JsonView&) = delete;
  JsonView& operator=(const JsonView&) = delete;

 private:
  void draw(const Progress& progress) override {
    skipped_.clear();
    screen().show(json_line(progress, clock_.wall()) + "\n");
  }
  void skip(const Progress& progress) override {
    skipped_ = json_line(progress, clock_.wall()) + "\n";
  }
  void tell(const std::string& notice) override {
    screen().show(json_notice(notice, clock_.wall()) + "\n");
  }

  const Clock& clock_;
  std::string skipped_;  // the last line, where it was not shown: how the run ended
};

}  // namespace

std::unique_ptr<Observer> make_progress_view(ProgressMode mode, std::FILE* screen,
                                             const Clock& clock) {
  switch (mode) {
    case ProgressMode::none:
      return std::make_unique<NoView>(screen);
    case ProgressMode::json:
      return std::make_unique<JsonView>(screen, clock);
    case ProgressMode::plain:
      return std::make_unique<PlainView>(screen, clock);
    case ProgressMode::automatic:
      break;
  }
  if (isatty(fileno(screen)) == 1) {
    return std::make_unique<LiveView>(screen, clock);
  }
  return std::make_unique<PlainView>(screen, clock);
}

}  // namespace dogged
