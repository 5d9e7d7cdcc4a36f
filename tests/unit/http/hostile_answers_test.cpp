// SPDX-License-Identifier: MIT
// What servers send that breaks clients, against a real socket.
#include "encoded.h"
#include "fetcher.h"
#include "hostile_server.h"

#include <doctest/doctest.h>

#include <string>
#include <thread>

using namespace std::chrono_literals;
using dogged::HttpRequest;
using dogged::Millis;
using dogged::test::Fetcher;
using dogged::test::gzip;
using dogged::test::HostileServer;
using dogged::test::kind_of;
using dogged::test::ok_answer;
using dogged::test::Peer;
using dogged::test::said;

namespace {

constexpr Millis kDeadline{300};
// Room for a slow machine; what is tested would take ten seconds and more without the deadline.
constexpr Millis kLate{3000};

// Sends `bytes` for the first request, then holds the connection open.
HostileServer::Script then_hang(std::string bytes) {
  return [bytes = std::move(bytes)](Peer& peer) {
    if (peer.answer(bytes)) {
      peer.hang();
    }
  };
}

// The same, then closes in order.
HostileServer::Script then_close(std::string bytes) {
  return [bytes = std::move(bytes)](Peer& peer) { peer.answer(bytes); };
}

std::string kind_for(const HostileServer::Script& script) {
  HostileServer server(script);
  Fetcher fetcher;
  return kind_of(fetcher.get_within(server.url(), 5s));
}

}  // namespace

TEST_CASE("nobody listens: connect") {
  Fetcher fetcher;
  const auto result = fetcher.get(
      "http://127.0.0.1:" + std::to_string(dogged::test::refused_port()) + "/x?key=hush");
  CHECK(kind_of(result) == "connect");
  CHECK(said(result).find("Connection refused") != std::string::npos);
  CHECK(said(result).find("hush") == std::string::npos);
}

TEST_CASE("a connection that is reset or closed without an answer: closed") {
  CHECK(kind_for([](Peer& peer) {
          peer.read_request();
          peer.reset();
        }) == "closed");
  CHECK(kind_for([](Peer& peer) { peer.read_request(); }) == "closed");
}

TEST_CASE("a connection that is reset as soon as it stands: connect or closed, by the moment") {
  const std::string kind = kind_for([](Peer& peer) { peer.reset(); });
  CHECK((kind == "connect" || kind == "closed"));
}

TEST_CASE("the deadline holds whatever the server drips") {
  struct Row {
    const char* what;
    HostileServer::Script script;
    const char* stage;
  };
  const auto drip = [](const std::string& at_once,
                       const std::string& slowly) -> HostileServer::Script {
    return [=](Peer& peer) {
      if (peer.answer(at_once)) {
        peer.drip(slowly, 50ms);
      }
    };
  };
  const std::string much(1000, 'x');
  for (const Row& row : {
           Row{"nothing", [](Peer& peer) { peer.hang(); }, "waiting for the answer"},
           Row{"a status line", drip("", "HTTP/1.1 200 " + much), "reading the head"},
           Row{"headers", drip("HTTP/1.1 200 OK\r\n", "A: " + much), "reading the head"},
           Row{"interim answers",
               drip("", "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n" + much),
               "the head"},
           Row{"a body of known length",
               drip("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", much), "reading the body"},
           Row{"a body until close", drip("HTTP/1.1 200 OK\r\n\r\n", much), "reading the body"},
           Row{"chunks",
               drip("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                    "1\r\nx\r\n1\r\nx\r\n1\r\nx\r\n1\r\nx\r\n" + much),
               "reading the body"},
           Row{"a chunk's size",
               drip("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                    std::string(1000, '0')),
               "reading the body"},
       }) {
    CAPTURE(std::string(row.what));
    HostileServer server(row.script);
    Fetcher fetcher;
    std::string told;
    // Where the server got no processor in time to come to the stage, with more time.
    for (Millis deadline = kDeadline; told.find(row.stage) == std::string::npos; deadline *= 2) {
      REQUIRE(deadline <= 16 * kDeadline);
      const auto result = fetcher.get_within(server.url("/x?key=hush"), deadline);
      told = said(result);
      CAPTURE(told);
      CHECK(kind_of(result) == "timed_out");
      CHECK(told.find("hush") == std::string::npos);
      CHECK(fetcher.took >= deadline);
      CHECK(fetcher.took < deadline + kLate);
    }
  }
}

TEST_CASE("the deadline holds against bytes that come faster than they are used up") {
  struct Row {
    const char* coding;
    std::string begin;
    std::string again;  // decodes to nothing
  };
  for (const Row& row : {
           Row{"br", "\x0c", "\x06"},
           Row{"gzip", "", gzip("")},
           Row{"deflate", "\x78\x01", std::string("\0\0\0\xff\xff", 5)},
       }) {
    CAPTURE(std::string(row.coding));
    std::string block;
    while (block.size() < (1 << 18)) {
      block += row.again;
    }
    HostileServer server([&](Peer& peer) {
      peer.answer(std::string("HTTP/1.1 200 OK\r\nContent-Encoding: ") + row.coding + "\r\n\r\n" +
                  row.begin);
      while (peer.send(block)) {
      }
    });
    Fetcher fetcher;
    CHECK(kind_of(fetcher.get_within(server.url(), kDeadline)) == "timed_out");
    CHECK(fetcher.took < kLate);
  }
}

TEST_CASE("the deadline holds against a server that does not read") {
  HostileServer server([](Peer& peer) {
    (void)peer;
    // The request stays in the socket until the server ends.
    peer.drip("HTTP/1.1 ", 60s);
  });
  Fetcher fetcher;
  HttpRequest request;
  request.method = "POST";
  request.url = server.url();
  request.body.assign(64 << 20, 'x');
  request.timeout = kDeadline;
  CHECK(kind_of(fetcher.fetch(request)) == "timed_out");
  CHECK(fetcher.took < kLate);
}

TEST_CASE("a deadline beyond the blocking step of a read holds too") {
  HostileServer server([](Peer& peer) { peer.hang(); });
  Fetcher fetcher;
  CHECK(kind_of(fetcher.get_within(server.url(), 1300ms)) == "timed_out");
  CHECK(fetcher.took >= 1300ms);
  CHECK(fetcher.took < kLate);
}

TEST_CASE("a body cut off: closed") {
  CHECK(kind_for(then_close("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")) == "closed");
  CHECK(kind_for(then_close("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")) == "closed");
  CHECK(kind_for(then_close("HTTP/1.1 200 OK\r\nContent-Le")) == "closed");
  CHECK(kind_for(then_close("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe")) ==
        "closed");
  CHECK(kind_for(then_close(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")) == "closed");
}

TEST_CASE("broken chunks, heads and status lines: malformed, at once") {
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  std::string many = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 10'000; ++i) {
    many += "X-" + std::to_string(i) + ": y\r\n";
  }
  for (const std::string& bytes : {
           chunked + "zz\r\nhello\r\n0\r\n\r\n",
           chunked + "5\r\nhelloX\r\n0\r\n\r\n",
           chunked + std::string(100'000, '0'),
           std::string("HTTP/1.1 ") + std::string(60'000, '2') + "\r\n\r\n",
           std::string("HTTP/1.1 200 ") + std::string(60'000, 'O') + "\r\n\r\n",
           std::string("HTTP/1.1 200 ") + std::string(1 << 20, 'O') + "\r\n\r\n",
           std::string(1 << 20, 'x'),
           many,
           many + "\r\n",
           std::string("HTTP/1.1 200 OK\r\nA: ") + std::string(1 << 20, 'b'),
           std::string("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc"),
           std::string(
               "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"),
           std::string("HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\n", 27),
           std::string("HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n"),
           std::string("<html>no HTTP at all</html>"),
       }) {
    CAPTURE(bytes.substr(0, 80));
    CHECK(kind_for(then_hang(bytes)) == "malformed");
  }
}

TEST_CASE("endless headers and endless interim answers end soon") {
  CHECK(kind_for([](Peer& peer) {
          peer.answer("HTTP/1.1 200 OK\r\n");
          while (peer.send("X-Again: and again\r\n")) {
          }
        }) == "malformed");
  CHECK(kind_for([](Peer& peer) {
          peer.read_request();
          while (peer.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")) {
          }
        }) == "malformed");
}

TEST_CASE("a body over the cap: too large, with Content-Length or without, packed or not") {
  const std::string bomb = gzip(std::string(64 << 20, '0'));
  REQUIRE(bomb.size() < 100'000);
  const std::string endless = "HTTP/1.1 200 OK\r\n\r\n";
  CHECK(kind_for(then_hang(ok_answer(bomb, "Content-Encoding: gzip\r\n"))) == "too_large");
  CHECK(kind_for(then_hang("HTTP/1.1 200 OK\r\nContent-Length: 17000000\r\n\r\n")) == "too_large");
  CHECK(kind_for([&](Peer& peer) {
          peer.answer(endless);
          const std::string part(100'000, 'x');
          while (peer.send(part)) {
          }
        }) == "too_large");

  HostileServer server(ok_answer("0123456789"));
  Fetcher fetcher;
  HttpRequest request;
  request.url = server.url();
  request.max_body_bytes = 10;
  CHECK(said(fetcher.fetch(request)) == "200 0123456789");
  request.max_body_bytes = 9;
  CHECK(kind_of(fetcher.fetch(request)) == "too_large");
}

TEST_CASE("packed bodies are unpacked; cut off or broken ones: decode") {
  using dogged::test::brotli;
  const std::string text = "{\"name\":\"Oy Ab\"}";
  const auto answer = [](const std::string& body, const std::string& coding) {
    return ok_answer(body, "Content-Encoding: " + coding + "\r\n");
  };
  Fetcher fetcher;
  for (const auto& whole : {answer(gzip(text), "gzip"), answer(brotli(text), "br")}) {
    HostileServer server(whole);
    CHECK(said(fetcher.get(server.url())) == "200 " + text);
    CHECK(said(fetcher.get(server.url())) == "200 " + text);
    CHECK(server.connections() == 1);
  }
  const std::string packed = gzip(text);
  const std::string broken_brotli = brotli(text).substr(0, 4) + "\xff\xff\xff\xff\xff";
  CHECK(kind_for(then_hang(answer(packed.substr(0, packed.size() - 1), "gzip"))) == "decode");
  CHECK(kind_for(then_hang(answer(packed.substr(0, 10), "gzip"))) == "decode");
  CHECK(kind_for(then_hang(answer(text, "gzip"))) == "decode");
  CHECK(kind_for(then_hang(answer(broken_brotli, "br"))) == "decode");
  CHECK(kind_for(then_hang(answer(text, "zstd"))) == "decode");
}

TEST_CASE("an answer refusing a body half sent is read though the sending broke") {
  HostileServer server([](Peer& peer) {
    peer.send("HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\nConnection: close\r\n\r\nmuch");
    peer.hang();
  });
  Fetcher fetcher;
  HttpRequest request;
  request.method = "POST";
  request.url = server.url();
  request.body.assign(1 << 20, 'x');
  CHECK(said(fetcher.fetch(request)) == "413 much");
}

TEST_CASE("a stop interrupts at once, in the head and in the body") {
  for (const char* bytes : {"", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"}) {
    CAPTURE(std::string(bytes));
    Fetcher fetcher;
    HostileServer server([&](Peer& peer) {
      peer.answer(bytes);
      fetcher.stop.request_stop();
      peer.hang();
    });
    const auto result = fetcher.get_within(server.url(), 20s);
    CHECK(kind_of(result) == "interrupted");
    CHECK(fetcher.took < kLate);
    CHECK(kind_of(fetcher.get(server.url())) == "interrupted");
  }
}

TEST_CASE("a stop wakes a short wait as well, and many clients together") {
  Fetcher fetcher;
  std::atomic<int> waiting{0};
  constexpr int kClients = 20;
  HostileServer server([&](Peer& peer) {
    peer.read_request();
    if (waiting.fetch_add(1) + 1 == kClients) {
      fetcher.stop.request_stop();
    }
    peer.hang();
  });
  std::vector<std::thread> threads;
  std::atomic<int> interrupted{0};
  threads.reserve(kClients);
  for (int i = 0; i < kClients; ++i) {
    threads.emplace_back([&, i] {
      const auto client = fetcher.factory->make();
      HttpRequest request;
      request.url = server.url();
      request.timeout = i % 2 == 0 ? Millis(20s) : Millis(60s);
      interrupted += kind_of(client->fetch(request)) == "interrupted" ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  CHECK(interrupted == kClients);
}
