// SPDX-License-Identifier: MIT
#include "cli/output.h"

#include "base/json_document.h"
#include "cli/json_object.h"
#include "http/unique_fd.h"
#include "tests/unit/cli/captured_output.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace dogged {
namespace {

constexpr char kHostile[] =
    "a\x1b]0;owned\a\xc2\x9b"
    "2J\xe2\x80\xae\x9b\r\xff b\tc\r\nd\n";

// All until the other end is closed: a terminal hands over what was written in pieces, as its line
// discipline comes to it, and after the last one fails with EIO.
std::string read_to_the_end(int fd) {
  std::string all;
  std::array<char, 1024> bytes{};
  for (;;) {
    const ssize_t n = read(fd, bytes.data(), bytes.size());
    if (n > 0) {
      all.append(bytes.data(), static_cast<std::size_t>(n));
    } else if (n == 0 || errno != EINTR) {
      return all;
    }
  }
}

// What arrives at a terminal.
std::string seen_on_a_terminal(std::string_view written) {
  const UniqueFd master(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  REQUIRE(master.get() >= 0);
  REQUIRE(grantpt(master.get()) == 0);
  REQUIRE(unlockpt(master.get()) == 0);
  std::array<char, 64> name{};
  REQUIRE(ptsname_r(master.get(), name.data(), name.size()) == 0);
  std::FILE* const slave = std::fopen(name.data(), "we");
  REQUIRE(slave != nullptr);
  Output out(slave);
  CHECK(out.is_terminal());
  out.write(written);
  out.flush();
  std::fclose(slave);
  return read_to_the_end(master.get());
}

}  // namespace

TEST_CASE("a terminal gets nothing that steers it") {
  // The terminal's own line discipline writes \n as \r\n and expands nothing.
  CHECK(seen_on_a_terminal(kHostile) ==
        "a\\x1B]0;owned\\x07\\u{009B}2J\\u{202E}\\x9B\\x0D\\xFF b\tc\r\r\nd\r\n");
}

TEST_CASE("a file gets the bytes as they are") {
  CapturedOutput captured;
  captured.out().write(kHostile);
  CHECK(captured.text() == kHostile);
}

TEST_CASE("JSON has nothing that steers a terminal, and its values are what they were") {
  const std::string hostile = "\x1b[2J\x7f\xc2\x9b\xe2\x80\xae\r\n";
  const std::string json = JsonObject().text(hostile, hostile).raw("b", "[\"\x7f\"]").str();
  CHECK(json ==
        R"({"\u001b[2J\u007f\u009b\u202e\r\n":"\u001b[2J\u007f\u009b\u202e\r\n","b":["\u007f"]})");
  JsonDocument document;
  REQUIRE(document.parse(json).ok());
  CHECK(document.text(1) == hostile);
  CHECK(document.text(2) == hostile);
}

}  // namespace dogged
