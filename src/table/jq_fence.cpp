// SPDX-License-Identifier: MIT
#include "table/jq_fence.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace dogged {
namespace {

// Stands before every filter and hides what it may not reach. It is one line, so that line numbers
// in jq's messages are the user's.
constexpr std::string_view kFence =
    "def env: error(\"env is not available\"); def input: error(\"input is not available\"); "
    "def inputs: input; def debug: .; def stderr: .; def input_filename: null; "
    "def halt: error(\"halt is not available\"); def halt_error: error; def halt_error($c): error; "
    "def modulemeta: error(\"modulemeta is not available\"); {} as $ENV | ";

}  // namespace

std::string fenced(const std::string& filter) {
  return std::string(kFence) + filter;
}

std::string bare_message(std::string message) {
  message.resize(std::min(message.size(), message.find('\n')));
  for (const std::string_view noise :
       {"jq: error: ", " (Unix shell quoting issues?)", " at <top-level>, line 1:"}) {
    if (const std::size_t at = message.find(noise); at != std::string::npos) {
      message.erase(at, noise.size());
    }
  }
  return message;
}

// NOLINTBEGIN(concurrency-mt-unsafe)
WithoutHome::WithoutHome() {
  if (const char* home = std::getenv("HOME")) {
    home_ = home;
    (void)unsetenv("HOME");
  }
}

WithoutHome::~WithoutHome() {
  if (home_) {
    (void)setenv("HOME", home_->c_str(), 1);
  }
}
// NOLINTEND(concurrency-mt-unsafe)

}  // namespace dogged
