// SPDX-License-Identifier: MIT
#include "cli/progress_view.h"

#include "base/log.h"
#include "cli/progress_text.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <string>

namespace dogged {
namespace {

// The screen is for people: when it goes away, the run does not.
void show(std::FILE* screen, const std::string& text) {
  (void)std::fwrite(text.data(), 1, text.size(), screen);
  (void)std::fflush(screen);
}

class NoView final : public Observer {
 public:
  void on_progress(const Progress& /*progress*/) override {}
  void on_notice(std::string_view message) override { log_warning(message); }
};

class LiveView final : public Observer {
 public:
  LiveView(std::FILE* screen, const Clock& clock) : screen_(screen), clock_(clock) {}
  ~LiveView() override {
    if (drawn_) {
      show(screen_, "\n");
    }
  }
  LiveView(const LiveView&) = delete;
  LiveView& operator=(const LiveView&) = delete;

  void on_progress(const Progress& progress) override {
    show(screen_, "\r" + live_line(progress, width(), clock_.wall()) + kErase);
    drawn_ = true;
  }

  void on_notice(std::string_view message) override {
    if (drawn_) {
      show(screen_, std::string("\r") + kErase);
      drawn_ = false;
    }
    log_warning(message);
  }

 private:
  static constexpr char kErase[] = "\x1b[K";  // to the end of the line

  // Asked each time: windows change. One column stays free, or the cursor would wrap.
  std::size_t width() const {
    winsize size = {};
    const bool known = ioctl(fileno(screen_), TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
    return known ? size.ws_col - 1U : 79U;
  }

  std::FILE* const screen_;
  const Clock& clock_;
  bool drawn_ = false;
};

class PlainView final : public Observer {
 public:
  PlainView(std::FILE* screen, const Clock& clock) : screen_(screen), clock_(clock) {}

  void on_progress(const Progress& progress) override {
    if (progress.elapsed < next_) {
      return;
    }
    next_ = progress.elapsed + kEvery;
    show(screen_, plain_line(progress, clock_.wall()) + "\n");
  }
  void on_notice(std::string_view message) override { log_warning(message); }

 private:
  static constexpr Millis kEvery{60'000};
  std::FILE* const screen_;
  const Clock& clock_;
  Millis next_{2'000};
};

class JsonView final : public Observer {
 public:
  JsonView(std::FILE* screen, const Clock& clock) : screen_(screen), clock_(clock) {}
  void on_progress(const Progress& progress) override {
    show(screen_, json_line(progress, clock_.wall()) + "\n");
  }
  void on_notice(std::string_view message) override {
    show(screen_, json_notice(message, clock_.wall()) + "\n");
  }

 private:
  std::FILE* const screen_;
  const Clock& clock_;
};

}  // namespace

std::unique_ptr<Observer> make_progress_view(ProgressMode mode, std::FILE* screen,
                                             const Clock& clock) {
  switch (mode) {
    case ProgressMode::none:
      return std::make_unique<NoView>();
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
