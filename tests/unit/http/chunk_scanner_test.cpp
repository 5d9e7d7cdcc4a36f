// SPDX-License-Identifier: MIT
#include "http/chunk_scanner.h"

#include <doctest/doctest.h>

#include <string>

using dogged::ChunkScanner;

namespace {

// What a body of chunks decodes to when it arrives in parts of `step` bytes; "malformed" or "more"
// where it does not come to its end, and what lies behind that after a '|'.
std::string decode(const std::string& body, std::size_t step) {
  ChunkScanner scanner;
  std::string decoded;
  std::string buffer;
  std::size_t sent = 0;
  for (;;) {
    const ChunkScanner::Found found = scanner.next(buffer);
    buffer.erase(0, found.skip);
    switch (found.step) {
      case ChunkScanner::Step::data:
        decoded += buffer.substr(0, found.data);
        buffer.erase(0, found.data);
        break;
      case ChunkScanner::Step::end:
        return decoded.append("|").append(buffer).append(body, sent);
      case ChunkScanner::Step::malformed:
        return "malformed";
      case ChunkScanner::Step::more:
        if (sent == body.size()) {
          return "more";
        }
        buffer += body.substr(sent, step);
        sent = std::min(sent + step, body.size());
    }
  }
}

}  // namespace

TEST_CASE("chunks decode the same however they arrive") {
  struct Row {
    std::string body;
    std::string decoded;
  };
  for (const Row& row : {
           Row{"0\r\n\r\n", "|"},
           Row{"5\r\nhello\r\n0\r\n\r\n", "hello|"},
           Row{"5\r\nhello\r\nA;name=\"v\"\r\n0123456789\r\n0\r\n\r\n", "hello0123456789|"},
           Row{"0005 \r\nhe\r\no\r\n00\r\n\r\n", "he\r\no|"},
           Row{"1\r\nx\r\n0\r\nTrailer: a\r\nOther: b\r\n\r\n", "x|"},
           Row{"1\r\nx\r\n0\r\n\r\nHTTP/1.1 200", "x|HTTP/1.1 200"},
           Row{"5\r\nhelloXX\r\n0\r\n\r\n", "malformed"},
           Row{"5\r\nhello\n0\r\n\r\n", "malformed"},
           Row{"5\nhello\r\n0\r\n\r\n", "malformed"},
           Row{"\r\nhello", "malformed"},
           Row{"-5\r\nhello\r\n0\r\n\r\n", "malformed"},
           Row{"+5\r\nhello\r\n0\r\n\r\n", "malformed"},
           Row{"0x5\r\nhello\r\n0\r\n\r\n", "malformed"},
           Row{" 5\r\nhello\r\n0\r\n\r\n", "malformed"},
           Row{"g\r\n", "malformed"},
           Row{"FFFFFFFFFFFFFFFFF\r\n", "malformed"},
           Row{"5 6\r\nhello\r\n0\r\n\r\n", "malformed"},
           Row{std::string(5000, '1'), "malformed"},
           Row{"0\r\n" + std::string(5000, 't'), "malformed"},
           Row{"5\r\nhel", "more"},
           Row{"5\r\nhello\r\n", "more"},
           Row{"5\r\nhello\r\n0\r\n", "more"},
       }) {
    CAPTURE(row.body);
    for (const std::size_t step :
         {std::size_t{1}, std::size_t{2}, std::size_t{3}, row.body.size()}) {
      CAPTURE(step);
      CHECK(decode(row.body, step) == row.decoded);
    }
  }
}

TEST_CASE("trailers are bounded") {
  std::string body = "0\r\n";
  for (int i = 0; i < 1000; ++i) {
    body += "Trailer-of-some-length: value\r\n";
  }
  CHECK(decode(body + "\r\n", 4096) == "malformed");
}
