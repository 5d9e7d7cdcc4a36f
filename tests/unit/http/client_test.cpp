// SPDX-License-Identifier: MIT
#include "fetcher.h"
#include "hostile_server.h"

#include <doctest/doctest.h>

#include <future>
#include <string>
#include <vector>

using dogged::HttpRequest;
using dogged::HttpResponse;
using dogged::HttpResult;
using dogged::test::Fetcher;
using dogged::test::HostileServer;
using dogged::test::is_stale;
using dogged::test::kind_of;
using dogged::test::ok_answer;
using dogged::test::Peer;
using dogged::test::said;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a request goes out once, with the headers asked for and those that must be") {
  HostileServer server(ok_answer("{}"));
  Fetcher fetcher;
  HttpRequest request;
  request.url = server.url("/a%20b/c?d=%0D%0A&e");
  request.headers = {{"Accept", "application/json"},
                     {"X-Twice", "1"},
                     {"X-Twice", "2"},
                     {"Content-Length", "99"},
                     {"transfer-encoding", "chunked"},
                     {"Connection", "upgrade"}};
  CHECK(said(fetcher.fetch(request)) == "200 {}");
  const std::string seen = server.last_request();
  CHECK(seen.rfind("GET /a%20b/c?d=%0D%0A&e HTTP/1.1\r\n", 0) == 0);
  CHECK(contains(seen, "\r\nHost: 127.0.0.1:" + std::to_string(server.port()) + "\r\n"));
  CHECK(contains(seen, "\r\nAccept: application/json\r\n"));
  CHECK(contains(seen, "\r\nX-Twice: 1\r\nX-Twice: 2\r\n"));
  CHECK(contains(seen, "\r\nAccept-Encoding: gzip, br\r\n"));
  CHECK(contains(seen, "\r\nUser-Agent: dogged/"));
  CHECK_FALSE(contains(seen, "Content-Length"));
  CHECK_FALSE(contains(seen, "chunked"));
  CHECK_FALSE(contains(seen, "upgrade"));
}

TEST_CASE("a body is sent with its length, of any method") {
  HostileServer server(ok_answer("{}"));
  Fetcher fetcher;
  HttpRequest request;
  request.url = server.url();
  request.method = "POST";
  request.headers = {{"Content-Type", "application/json"}};
  request.body = "{\"id\":1}";
  CHECK(said(fetcher.fetch(request)) == "200 {}");
  CHECK(contains(server.last_request(), "\r\nContent-Length: 8\r\n"));
  CHECK(contains(server.last_request(), "\r\n\r\n{\"id\":1}"));
  request.body.clear();
  CHECK(said(fetcher.fetch(request)) == "200 {}");
  CHECK(contains(server.last_request(), "\r\nContent-Length: 0\r\n"));
}

TEST_CASE("each request says what it was given, whatever the one before it said") {
  HostileServer server(ok_answer("{}"));
  HostileServer other(ok_answer("{}"));
  Fetcher fetcher;
  HttpRequest request;
  const auto sent_to = [&](HostileServer& to, const std::string& target) {
    request.url = to.url(target);
    CHECK(said(fetcher.fetch(request)) == "200 {}");
    return to.last_request();
  };
  const auto host = [](const HostileServer& of) {
    return "\r\nHost: 127.0.0.1:" + std::to_string(of.port()) + "\r\n";
  };
  request.headers = {{"A", "1"}};
  const std::string first = sent_to(server, "/1");
  CHECK(sent_to(server, "/22?x") == "GET /22?x" + first.substr(6));  // "GET /1" is six
  CHECK(contains(sent_to(other, "/1"), host(other)));
  CHECK(contains(sent_to(server, "/1"), host(server)));
  request.headers = {{"A", "2"}};
  CHECK(contains(sent_to(server, "/1"), "\r\nA: 2\r\n"));
  request.headers = {};
  CHECK_FALSE(contains(sent_to(server, "/1"), "\r\nA:"));
  request.body = "text";
  CHECK(contains(sent_to(server, "/1"), "\r\n\r\ntext"));
  request.body.clear();
  CHECK_FALSE(contains(sent_to(server, "/1"), "Content-Length"));
  request.method = "POST";
  CHECK(sent_to(server, "/1").starts_with("POST /1 HTTP/1.1\r\n"));
  CHECK(contains(server.last_request(), "\r\nContent-Length: 0\r\n"));
}

TEST_CASE("no header can be smuggled in") {
  Fetcher fetcher;
  HostileServer server(ok_answer("{}"));
  const auto with_header = [&](std::string name, std::string value) {
    HttpRequest request;
    request.url = server.url();
    request.headers = {{std::move(name), std::move(value)}};
    return fetcher.fetch(request);
  };
  using namespace std::string_literals;
  CHECK(kind_of(with_header("A", "b\r\nHost: evil")) == "malformed");
  CHECK(kind_of(with_header("A", "b\nHost: evil")) == "malformed");
  CHECK(kind_of(with_header("A", "b\0c"s)) == "malformed");
  CHECK(kind_of(with_header("A\r\nHost", "evil")) == "malformed");
  CHECK(kind_of(with_header("", "x")) == "malformed");
  CHECK_FALSE(contains(said(with_header("Authorization", "hush\r\n")), "hush"));
  HttpRequest request;
  request.url = server.url("/ HTTP/1.1\r\nHost: evil\r\n\r\n");
  CHECK(kind_of(fetcher.fetch(request)) == "malformed");
  request.url = server.url();
  request.method = "GET / HTTP/1.1\r\nHost: evil\r\n\r\nGET";
  CHECK(kind_of(fetcher.fetch(request)) == "malformed");
  CHECK(server.connections() == 0);
}

TEST_CASE("one connection carries many requests, whatever the framing") {
  const std::vector<std::string> answers{
      ok_answer("one"),
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\nT: x\r\n\r\n",
      "HTTP/1.1 204 No Content\r\n\r\n",
      "HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" +
          ok_answer("five"),
      ok_answer(""),
      ok_answer(std::string(100'000, 'x')),
  };
  HostileServer server([&](Peer& peer) {
    for (const std::string& answer : answers) {
      peer.answer(answer);
    }
    peer.hang();
  });
  Fetcher fetcher;
  CHECK(said(fetcher.get(server.url())) == "200 one");
  CHECK(said(fetcher.get(server.url())) == "200 two");
  CHECK(said(fetcher.get(server.url())) == "204 ");
  CHECK(said(fetcher.get(server.url())) == "304 ");
  CHECK(said(fetcher.get(server.url())) == "200 five");
  CHECK(said(fetcher.get(server.url())) == "200 ");
  CHECK(said(fetcher.get(server.url())) == "200 " + std::string(100'000, 'x'));
  CHECK(server.connections() == 1);
}

TEST_CASE("the answer to HEAD has no body, whatever it says") {
  HostileServer server([](Peer& peer) {
    peer.answer("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nContent-Encoding: gzip\r\n\r\n");
    peer.answer(ok_answer("next"));
    peer.hang();
  });
  Fetcher fetcher;
  HttpRequest request;
  request.url = server.url();
  request.method = "HEAD";
  CHECK(said(fetcher.fetch(request)) == "200 ");
  CHECK(said(fetcher.get(server.url())) == "200 next");
  CHECK(server.connections() == 1);
}

TEST_CASE("a body may end with the connection; Connection: close and HTTP/1.0 end it") {
  for (const char* answer :
       {"HTTP/1.1 200 OK\r\n\r\nbody", "HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nbody",
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody"}) {
    CAPTURE(std::string(answer));
    HostileServer server([&](Peer& peer) { peer.answer(answer); });
    Fetcher fetcher;
    CHECK(said(fetcher.get(server.url())) == "200 body");
    CHECK(said(fetcher.get(server.url())) == "200 body");
    CHECK(server.connections() == 2);
  }
}

TEST_CASE("headers come out as sent") {
  HostileServer server(
      ok_answer("{}", "X-Percent: %41%0D%0A\r\nETag: \"a\"\r\nX-A: 1\r\nx-a: 2\r\n"));
  Fetcher fetcher;
  const auto result = fetcher.get(server.url());
  const auto& answer = std::get<HttpResponse>(result);
  CHECK(answer.header("x-percent") == "%41%0D%0A");
  CHECK(answer.header("etag") == "\"a\"");
  CHECK(answer.header("X-A") == "1");
  CHECK(answer.header("none").empty());
}

TEST_CASE("an extra answer never lands on the next request") {
  SUBCASE("sent at once with the first") {
    HostileServer server({[](Peer& peer) {
                            peer.answer(ok_answer("first") + ok_answer("unasked"));
                            peer.answer(ok_answer("wrong"));
                            peer.hang();
                          },
                          [](Peer& peer) {
                            peer.answer(ok_answer("second"));
                            peer.hang();
                          }});
    Fetcher fetcher;
    CHECK(said(fetcher.get(server.url())) == "200 first");
    CHECK(said(fetcher.get(server.url())) == "200 second");
  }
  SUBCASE("sent after the first was taken") {
    std::promise<void> taken;
    std::promise<void> sent;
    HostileServer server({[&](Peer& peer) {
                            peer.answer(ok_answer("first"));
                            taken.get_future().wait();
                            peer.send(ok_answer("unasked"));
                            sent.set_value();
                            peer.hang();
                          },
                          [](Peer& peer) {
                            peer.answer(ok_answer("second"));
                            peer.hang();
                          }});
    Fetcher fetcher;
    CHECK(said(fetcher.get(server.url())) == "200 first");
    taken.set_value();
    sent.get_future().wait();
    CHECK(said(fetcher.get(server.url())) == "200 second");
    CHECK(server.connections() == 2);
  }
}

TEST_CASE("a connection that the server closed while idle is replaced without a word") {
  SUBCASE("closed before the next request") {
    HostileServer server([](Peer& peer) { peer.answer(ok_answer("one")); });
    Fetcher fetcher;
    for (int i = 0; i < 5; ++i) {
      HttpResult result = fetcher.get(server.url());
      if (is_stale(result)) {  // the request was under way before the close was seen
        result = fetcher.get(server.url());
      }
      CHECK(said(result) == "200 one");
    }
    CHECK(server.connections() == 5);
  }
}

TEST_CASE("a kept connection that closes before a byte of the answer is told as stale") {
  SUBCASE("closed on the next request's arrival") {
    HostileServer server({[](Peer& peer) {
                            peer.answer(ok_answer("one"));
                            peer.read_request();
                            peer.reset();
                          },
                          [](Peer& peer) {
                            peer.answer(ok_answer("two"));
                            peer.hang();
                          }});
    Fetcher fetcher;
    CHECK(said(fetcher.get(server.url())) == "200 one");
    CHECK(is_stale(fetcher.get(server.url())));
    CHECK(said(fetcher.get(server.url())) == "200 two");
    CHECK(server.connections() == 2);
  }
  SUBCASE("a fresh connection that closes is not") {
    HostileServer server({[](Peer& peer) {
                            peer.answer(ok_answer("one"));
                            peer.read_request();
                          },
                          [](Peer& peer) { peer.read_request(); }});
    Fetcher fetcher;
    CHECK(said(fetcher.get(server.url())) == "200 one");
    CHECK(is_stale(fetcher.get(server.url())));
    const HttpResult second = fetcher.get(server.url());
    CHECK(kind_of(second) == "closed");
    CHECK_FALSE(is_stale(second));
    CHECK(server.connections() == 2);
  }
  SUBCASE("nor is one that closes once a byte of the answer came") {
    HostileServer server([](Peer& peer) {
      peer.answer(ok_answer("one"));
      peer.answer("HTTP/1.1 20");
    });
    Fetcher fetcher;
    CHECK(said(fetcher.get(server.url())) == "200 one");
    const HttpResult second = fetcher.get(server.url());
    CHECK(kind_of(second) == "closed");
    CHECK_FALSE(is_stale(second));
    CHECK(server.connections() == 1);
  }
}

TEST_CASE("a request can be told to go over a new connection") {
  HostileServer server(ok_answer("{}"));
  Fetcher fetcher;
  HttpRequest request;
  request.url = server.url();
  CHECK(said(fetcher.fetch(request)) == "200 {}");
  request.new_connection = true;
  CHECK(said(fetcher.fetch(request)) == "200 {}");
  request.new_connection = false;
  CHECK(said(fetcher.fetch(request)) == "200 {}");
  CHECK(server.connections() == 2);
}

TEST_CASE("after a failure the next request gets a connection of its own") {
  HostileServer server({[](Peer& peer) {
                          peer.answer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
                          peer.hang();
                        },
                        [](Peer& peer) {
                          peer.answer(ok_answer("whole"));
                          peer.hang();
                        }});
  Fetcher fetcher;
  CHECK(kind_of(fetcher.get_within(server.url(), dogged::Millis(200))) == "timed_out");
  CHECK(said(fetcher.get(server.url())) == "200 whole");
}

TEST_CASE("localhost is looked up; what has no address: resolve") {
  HostileServer server(ok_answer("{}"));
  Fetcher fetcher;
  CHECK(said(fetcher.get("http://localhost:" + std::to_string(server.port()) + "/")) == "200 {}");
  const auto result = fetcher.get("http://no-such-name.invalid/x?key=hush");
  CHECK(kind_of(result) == "resolve");
  CHECK_FALSE(contains(said(result), "hush"));
}
