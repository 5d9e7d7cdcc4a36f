// SPDX-License-Identifier: MIT
#include "http/head.h"

#include <doctest/doctest.h>

#include <string>

using dogged::Framing;
using dogged::HeadScanner;
using dogged::parse_head;

namespace {

std::string head(const std::string& headers, const std::string& status = "HTTP/1.1 200 OK") {
  return status + "\r\n" + headers + "\r\n";
}

}  // namespace

TEST_CASE("a head is taken apart, names as sent and values without blanks around them") {
  const auto parsed = parse_head(head("Content-Type:application/json\r\nX-Odd:  a b \t\r\n"
                                      "x-empty:\r\nX-100%: %41%0D%0A\r\nContent-Length: 12\r\n"),
                                 "GET");
  REQUIRE(parsed.ok());
  CHECK(parsed.value().status == 200);
  CHECK(parsed.value().framing == Framing::length);
  CHECK(parsed.value().length == 12);
  CHECK(parsed.value().keep_alive);
  REQUIRE(parsed.value().headers.size() == 5);
  CHECK(parsed.value().headers[0].name == "Content-Type");
  CHECK(parsed.value().headers[0].value == "application/json");
  CHECK(parsed.value().headers[1].value == "a b");
  CHECK(parsed.value().headers[2].value.empty());
  CHECK(parsed.value().headers[3].value == "%41%0D%0A");
}

TEST_CASE("status lines") {
  for (const char* line : {"HTTP/1.1 200 OK", "HTTP/1.1 200", "HTTP/1.1 200 ", "HTTP/1.0 404 no",
                           "HTTP/1.1 999 \xe4\xf6"}) {
    CAPTURE(std::string(line));
    CHECK(parse_head(head("", line), "GET").ok());
  }
  for (const char* line :
       {"HTTP/1.2 200 OK", "HTTP/2 200", "HTTP/1.1200 OK", "HTTP/1.1  200 OK", "HTTP/1.1 20 OK",
        "HTTP/1.1 2000 OK", "HTTP/1.1 2x0 OK", "HTTP/1.1 000 OK", "HTTP/1.1 +20 OK",
        "http/1.1 200 OK", "HTTP/1.1", "HTTP/1.1 ", " HTTP/1.1 200 OK", "HTTP/1.1 200 O\rK"}) {
    CAPTURE(std::string(line));
    CHECK_FALSE(parse_head(head("", line), "GET").ok());
  }
}

TEST_CASE("a lone LF ends a line and a folded line is joined") {
  const auto parsed = parse_head("HTTP/1.1 200 OK\nA: b\n c\n\td\r\n \r\nE: f\n\n", "GET");
  REQUIRE(parsed.ok());
  REQUIRE(parsed.value().headers.size() == 2);
  CHECK(parsed.value().headers[0].value == "b c d");
}

TEST_CASE("a head that could be read in two ways is malformed") {
  using namespace std::string_literals;
  for (const std::string& headers : {
           "Content-Length: 1\r\nContent-Length: 2\r\n"s,
           "Content-Length: 1, 2\r\n"s,
           "Content-Length: -1\r\n"s,
           "Content-Length: +1\r\n"s,
           "Content-Length: 0x1\r\n"s,
           "Content-Length: 1 1\r\n"s,
           "Content-Length:\r\n"s,
           "Content-Length: 9999999999999999999\r\n"s,
           "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"s,
           "Transfer-Encoding: gzip, chunked\r\n"s,
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"s,
           "Transfer-Encoding: xchunked\r\n"s,
           "No colon here\r\n"s,
           "Name : value\r\n"s,
           ": value\r\n"s,
           " folded: first\r\n"s,
           "Na\x01me: value\r\n"s,
           "A: b\rC: d\r\n"s,
           "A: b\0c\r\n"s,
           "A: b\r\r\n"s,
       }) {
    CAPTURE(headers);
    CHECK_FALSE(parse_head(head(headers), "GET").ok());
  }
}

TEST_CASE("equal lengths are one length") {
  const auto parsed = parse_head(head("Content-Length: 7\r\ncontent-length: 7, 7\r\n"), "GET");
  REQUIRE(parsed.ok());
  CHECK(parsed.value().length == 7);
}

TEST_CASE("where a body ends and whether the connection lives on") {
  struct Row {
    const char* method;
    const char* status;
    const char* headers;
    Framing framing;
    bool keep_alive;
  };
  for (const Row& row : {
           Row{"GET", "HTTP/1.1 200", "Content-Length: 3\r\n", Framing::length, true},
           Row{"GET", "HTTP/1.1 200", "transfer-encoding: Chunked\r\n", Framing::chunked, true},
           Row{"GET", "HTTP/1.1 200", "", Framing::until_close, false},
           Row{"GET", "HTTP/1.1 200", "Connection: keep-alive\r\n", Framing::until_close, false},
           Row{"GET", "HTTP/1.1 200", "Connection: close\r\nContent-Length: 3\r\n", Framing::length,
               false},
           Row{"GET", "HTTP/1.1 200", "Connection: x, Close\r\nContent-Length: 3\r\n",
               Framing::length, false},
           Row{"GET", "HTTP/1.0 200", "Content-Length: 3\r\n", Framing::length, false},
           Row{"GET", "HTTP/1.0 200", "Connection: Keep-Alive\r\nContent-Length: 3\r\n",
               Framing::length, true},
           Row{"GET", "HTTP/1.0 200", "Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n",
               Framing::chunked, false},
           Row{"HEAD", "HTTP/1.1 200", "Content-Length: 3\r\n", Framing::none, true},
           Row{"HEAD", "HTTP/1.1 200", "", Framing::none, true},
           Row{"GET", "HTTP/1.1 204", "", Framing::none, true},
           Row{"GET", "HTTP/1.1 204", "Content-Length: 0\r\n", Framing::none, true},
           Row{"GET", "HTTP/1.1 204", "Content-Length: 3\r\n", Framing::none, false},
           Row{"GET", "HTTP/1.1 304", "Content-Length: 3\r\n", Framing::none, true},
           Row{"GET", "HTTP/1.1 103", "", Framing::none, true},
       }) {
    CAPTURE(std::string(row.method) + ' ' + row.status + ' ' + row.headers);
    const auto parsed = parse_head(head(row.headers, row.status), row.method);
    REQUIRE(parsed.ok());
    CHECK(parsed.value().framing == row.framing);
    CHECK(parsed.value().keep_alive == row.keep_alive);
  }
}

TEST_CASE("the end of a head is found wherever the bytes are cut") {
  const std::string text = head("A: b\r\nC: d\r\n") + "body";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    CAPTURE(cut);
    HeadScanner scanner;
    const auto first = scanner.scan(std::string_view(text).substr(0, cut));
    CHECK(first == (cut < text.size() - 4 ? HeadScanner::Found::more : HeadScanner::Found::whole));
    if (first == HeadScanner::Found::more) {
      CHECK(scanner.scan(text) == HeadScanner::Found::whole);
    }
    CHECK(scanner.head_size() == text.size() - 4);
  }
}

TEST_CASE("a head is bounded") {
  const auto scan = [](const std::string& bytes) {
    HeadScanner scanner;
    return scanner.scan(bytes);
  };
  using Found = HeadScanner::Found;
  const std::string line = "HTTP/1.1 200 ";
  CHECK(scan(line + std::string(8000, 'x')) == Found::more);
  CHECK(scan(line + std::string(8200, 'x')) == Found::malformed);
  CHECK(scan(line + std::string(8200, 'x') + "\r\n\r\n") == Found::malformed);
  CHECK(scan(head("A: " + std::string(65000, 'x') + "\r\n")) == Found::whole);
  CHECK(scan(head("A: " + std::string(66000, 'x') + "\r\n")) == Found::malformed);
  CHECK(scan(line + "\r\nA: " + std::string(66000, 'x')) == Found::malformed);
  std::string many;
  for (int i = 0; i < 1001; ++i) {
    many += "a:b\r\n";
  }
  CHECK(scan(head(many)) == Found::whole);
  CHECK_FALSE(parse_head(head(many), "GET").ok());
  CHECK(parse_head(head(many.substr(5)), "GET").ok());
}

TEST_CASE("another protocol is known by its first bytes") {
  for (const char* bytes : {"S", "SSH-2.0-x", "HTTP/2", "\x15\x03\x01", "<html>", "\r\n"}) {
    CAPTURE(std::string(bytes));
    HeadScanner scanner;
    CHECK(scanner.scan(bytes) == HeadScanner::Found::malformed);
    CHECK_FALSE(scanner.reason().empty());
  }
}

TEST_CASE("tokens and header values") {
  CHECK(dogged::is_token("X-Api_Key.1~"));
  for (const char* text : {"", "a b", "a:b", "a\r", "\xc3\xa4", "a(b)"}) {
    CHECK_FALSE(dogged::is_token(text));
  }
  CHECK(dogged::is_header_value("a b\t\xc3\xa4"));
  CHECK_FALSE(dogged::is_header_value("a\r\nHost: b"));
  CHECK_FALSE(dogged::is_header_value(std::string_view("a\0b", 3)));
}
