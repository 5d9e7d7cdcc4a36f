// SPDX-License-Identifier: MIT
#pragma once

#include "cli/output.h"

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

namespace dogged {

// stdout of a command under test, kept in memory. No terminal.
class CapturedOutput {
 public:
  CapturedOutput() : file_(open_memstream(&text_, &size_)), out_(file_) {
    if (file_ == nullptr) {
      throw std::runtime_error("cannot open a memory stream");
    }
  }
  ~CapturedOutput() {
    std::fclose(file_);
    std::free(text_);  // NOLINT(cppcoreguidelines-no-malloc) open_memstream's
  }
  CapturedOutput(const CapturedOutput&) = delete;
  CapturedOutput& operator=(const CapturedOutput&) = delete;

  Output& out() { return out_; }
  // All that was written so far.
  std::string text() {
    out_.flush();
    return {text_, size_};
  }

 private:
  char* text_ = nullptr;
  std::size_t size_ = 0;
  std::FILE* file_;
  Output out_;
};

}  // namespace dogged
