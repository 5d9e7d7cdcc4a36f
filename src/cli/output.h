// SPDX-License-Identifier: MIT
#pragma once

#include "base/error.h"

#include <cstdio>
#include <string_view>

namespace dogged {

// Who read our stdout went away (`dogged list | head`): no fault of ours, so nothing is printed.
class OutputClosed : public Error {
 public:
  OutputClosed() : Error("stdout was closed") {}
};

// stdout, checked: results are never lost in silence. On a terminal nothing is written that steers
// it (base/text.h: printable_text), whatever a server or a file put into what is shown; anywhere
// else bytes stay what they are. One thread.
class Output {
 public:
  explicit Output(std::FILE* file);
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  // Throws OutputClosed on a broken pipe, Error on any other failure.
  void write(std::string_view bytes);
  void line(std::string_view text);  // with a line end behind
  void flush();
  bool is_terminal() const { return terminal_; }

 private:
  [[noreturn]] static void fail(int error_number);
  std::FILE* const file_;
  const bool terminal_;
};

}  // namespace dogged
