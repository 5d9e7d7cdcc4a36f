// SPDX-License-Identifier: MIT
#include "cli/output.h"

#include "base/text.h"

#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace dogged {

Output::Output(std::FILE* file) : file_(file), terminal_(isatty(fileno(file)) == 1) {}

void Output::write(std::string_view bytes) {
  const std::string harmless = terminal_ ? printable_text(bytes) : std::string();
  const std::string_view written = terminal_ ? std::string_view(harmless) : bytes;
  if (std::fwrite(written.data(), 1, written.size(), file_) != written.size()) {
    fail(errno);
  }
}

void Output::line(std::string_view text) {
  write(text);
  write("\n");
}

void Output::flush() {
  if (std::fflush(file_) != 0) {
    fail(errno);
  }
}

void Output::fail(int error_number) {
  if (error_number == EPIPE) {
    throw OutputClosed();
  }
  const Fault fault = error_number == ENOSPC ? Fault::store_unavailable : Fault::failure;
  throw Error(fault, "cannot write to stdout: " + std::generic_category().message(error_number));
}

}  // namespace dogged
