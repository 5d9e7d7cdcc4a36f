// SPDX-License-Identifier: MIT
#include "http/body_collector.h"

#include "encoded.h"

#include <doctest/doctest.h>

#include <string>

using dogged::BodyCollector;
using dogged::test::brotli;
using dogged::test::deflated;
using dogged::test::gzip;
using dogged::test::Wrap;

namespace {

// What `sent` decodes to, arriving in parts of `step` bytes, or why not.
std::string collect(const std::string& coding, const std::string& sent, std::size_t step,
                    std::int64_t max_bytes = 1 << 20) {
  auto made = BodyCollector::make({{"Content-Encoding", coding}}, max_bytes);
  if (!made.ok()) {
    return "refused: " + made.error();
  }
  BodyCollector& collector = made.value();
  for (std::size_t at = 0; at < sent.size(); at += step) {
    switch (collector.add(std::string_view(sent).substr(at, step))) {
      case BodyCollector::Status::too_large:
        return "too large";
      case BodyCollector::Status::broken:
        return "broken";
      case BodyCollector::Status::ok:
        break;
    }
  }
  return collector.whole() ? "whole: " + collector.take() : "cut off";
}

std::string sample() {
  std::string text;
  for (int i = 0; i < 3000; ++i) {
    text += "{\"n\":" + std::to_string(i * 7919 % 1000) + "},";
  }
  return text;
}

}  // namespace

TEST_CASE("every coding decodes, however the bytes arrive") {
  const std::string text = sample();
  struct Row {
    const char* coding;
    std::string sent;
  };
  for (const Row& row : {
           Row{"identity", text},
           Row{"", text},
           Row{"gzip", gzip(text)},
           Row{"GZip", gzip(text)},
           Row{"x-gzip", gzip(text)},
           Row{"identity, gzip", gzip(text)},
           Row{"gzip", gzip(text.substr(0, 1000)) + gzip(text.substr(1000))},
           Row{"deflate", deflated(text, Wrap::zlib)},
           Row{"deflate", deflated(text, Wrap::none)},
           Row{"br", brotli(text)},
       }) {
    CAPTURE(std::string(row.coding));
    for (const std::size_t step :
         {std::size_t{1}, std::size_t{7}, std::size_t{4096}, row.sent.size()}) {
      CAPTURE(step);
      CHECK(collect(row.coding, row.sent, step) == "whole: " + text);
    }
  }
}

TEST_CASE("a stream that is cut off anywhere is not whole") {
  const std::string text = sample().substr(0, 300);
  struct Row {
    const char* coding;
    std::string sent;
  };
  for (const Row& row : {Row{"gzip", gzip(text)}, Row{"deflate", deflated(text, Wrap::zlib)},
                         Row{"deflate", deflated(text, Wrap::none)}, Row{"br", brotli(text)}}) {
    CAPTURE(std::string(row.coding));
    for (std::size_t size = 1; size < row.sent.size(); ++size) {
      CAPTURE(size);
      CHECK(collect(row.coding, row.sent.substr(0, size), 64) == "cut off");
    }
  }
}

TEST_CASE("a broken stream is broken") {
  std::string bad_checksum = gzip("hello");
  bad_checksum[bad_checksum.size() - 8] ^= 1;
  std::string bad_length = gzip("hello");
  bad_length.back() ^= 1;
  CHECK(collect("gzip", bad_checksum, 100) == "broken");
  CHECK(collect("gzip", bad_length, 100) == "broken");
  CHECK(collect("gzip", "{\"plain\":1}", 100) == "broken");
  CHECK(collect("gzip", gzip("hello") + "behind", 100) == "broken");
  CHECK(collect("deflate", deflated("hello", Wrap::zlib) + "behind", 100) == "broken");
  CHECK(collect("deflate", "{\"plain\":1}", 100) != "whole: {\"plain\":1}");
  CHECK(collect("br", std::string(100, '\xff'), 100) == "broken");
  CHECK(collect("br", brotli("hello") + "x", 100) == "broken");
  CHECK(collect("br", brotli("hello") + "x", 1) == "broken");
}

TEST_CASE("an empty body under a coding is an empty body") {
  CHECK(collect("gzip", "", 1) == "whole: ");
  CHECK(collect("br", "", 1) == "whole: ");
}

TEST_CASE("a coding that was not asked for is refused") {
  CHECK(collect("zstd", "x", 1).rfind("refused: ", 0) == 0);
  CHECK(collect("gzip, br", "x", 1).rfind("refused: ", 0) == 0);
}

TEST_CASE("a body that is too large and broken is what it was first, however the bytes arrive") {
  std::string bad_checksum = gzip(std::string(1000, 'x'));
  bad_checksum[bad_checksum.size() - 8] ^= 1;
  for (const std::size_t piece : {1, 7, 4096}) {
    CAPTURE(piece);
    CHECK(collect("gzip", bad_checksum, piece, 999) == "too large");
    CHECK(collect("gzip", bad_checksum, piece, 1000) == "broken");
  }
}

TEST_CASE("the cap counts decoded bytes, to the byte") {
  const std::string text(1000, 'x');
  for (const char* coding : {"identity", "gzip", "deflate", "br"}) {
    CAPTURE(std::string(coding));
    const std::string name(coding);
    const std::string sent = name == "gzip"      ? gzip(text)
                             : name == "deflate" ? deflated(text, Wrap::zlib)
                             : name == "br"      ? brotli(text)
                                                 : text;
    CHECK(collect(coding, sent, 1, 1000) == "whole: " + text);
    CHECK(collect(coding, sent, 1, 999) == "too large");
    CHECK(collect(coding, sent, 4096, 999) == "too large");
    CHECK(collect(coding, sent, 4096, 0) == "too large");
  }
}
