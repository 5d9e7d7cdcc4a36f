// SPDX-License-Identifier: MIT
#include "fetcher.h"
#include "hostile_server.h"
#include "http/redirect.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <vector>

using dogged::follow;
using dogged::HttpRedirect;
using dogged::HttpRequest;
using dogged::HttpResponse;
using dogged::parse_url;
using dogged::test::Fetcher;
using dogged::test::HostileServer;
using dogged::test::ok_answer;
using dogged::test::Peer;
using dogged::test::said;

namespace {

std::string moved(int status, const std::string& location) {
  return fmt::format("HTTP/1.1 {} Moved\r\nLocation: {}\r\nContent-Length: 5\r\n\r\nmoved", status,
                     location);
}

HttpRequest asking(const std::string& url, const std::string& method = "GET") {
  HttpRequest request;
  request.url = url;
  request.method = method;
  request.body = "{}";
  request.headers = {{"Content-Type", "a/b"}};
  return request;
}

auto followed(const HttpRequest& request, const HttpResponse& answer) {
  return follow(parse_url(request.url).value(), request, answer);
}

HttpResponse answer(int status, const std::string& location) {
  return HttpResponse{status, {{"Location", location}}, {}};
}

}  // namespace

TEST_CASE("which method goes on after which status") {
  struct Row {
    int status;
    const char* method;
    const char* next;
    bool body;
  };
  for (const Row& row : {
           Row{301, "GET", "GET", true},
           Row{302, "GET", "GET", true},
           Row{307, "GET", "GET", true},
           Row{301, "POST", "GET", false},
           Row{302, "POST", "GET", false},
           Row{303, "POST", "GET", false},
           Row{303, "PUT", "GET", false},
           Row{303, "HEAD", "HEAD", true},
           Row{301, "PUT", "PUT", true},
           Row{307, "POST", "POST", true},
           Row{308, "POST", "POST", true},
       }) {
    CAPTURE(row.status);
    CAPTURE(std::string(row.method));
    const auto next = followed(asking("http://a/b", row.method), answer(row.status, "c"));
    REQUIRE(next.ok());
    CHECK(next.value().method == row.next);
    CHECK(next.value().body.empty() == !row.body);
    CHECK(next.value().headers.empty() == !row.body);
    CHECK(next.value().url == "http://a/c");
    CHECK(next.value().redirects == 1);
  }
}

TEST_CASE("where a redirect may lead") {
  struct Row {
    const char* from;
    const char* location;
    bool allowed;  // another origin is
    bool ok;
  };
  for (const Row& row : {
           Row{"http://a/b", "/c", false, true},
           Row{"http://a/b", "http://a:80/c", false, true},
           Row{"http://a/b", "http://a:81/c", false, false},
           Row{"http://a/b", "http://a:81/c", true, true},
           Row{"http://a/b", "https://a/c", false, false},
           Row{"http://a/b", "https://a/c", true, true},
           Row{"http://a/b", "//c/d", false, false},
           Row{"https://a/b", "http://a/c", true, false},
           Row{"https://a/b", "http://a:443/c", true, false},
           Row{"http://a/b", "ftp://a/c", true, false},
           Row{"http://a/b", "http://user:secret@a/c", true, false},
           Row{"http://a/b", "", true, false},
       }) {
    CAPTURE(std::string(row.from));
    CAPTURE(std::string(row.location));
    HttpRequest request = asking(row.from);
    request.redirect_other_origin = row.allowed;
    const auto next = followed(request, answer(302, row.location));
    CHECK(next.ok() == row.ok);
    if (!next.ok()) {
      CHECK(next.error().find("secret") == std::string::npos);
    }
  }
}

TEST_CASE("credentials stay behind for good once the origin was left") {
  HttpRequest request = asking("http://a:81/b");
  request.redirect_other_origin = true;
  request.headers = {{"Authorization", "hush"}, {"Accept", "x"}};
  auto there = followed(request, answer(302, "http://[::1]:82/d?e"));
  REQUIRE(there.ok());
  CHECK(there.value().url == "http://[::1]:82/d?e");
  const auto back = followed(there.value(), answer(302, "http://a:81/b"));
  REQUIRE(back.ok());
  CHECK(back.value().url == "http://a:81/b");
  REQUIRE(back.value().headers.size() == 1);
  CHECK(back.value().headers[0].name == "Accept");
  for (const char* name : {"Authorization", "cookie", "Proxy-Authorization", "X-Api-Key", "Mine"}) {
    CHECK(dogged::stays_behind({name, "x"}, {"mine"}));
  }
  CHECK_FALSE(dogged::stays_behind({"Accept", "x"}, {"mine"}));
}

TEST_CASE("redirects to the same origin are followed over the same connection") {
  const std::vector<std::string> answers{moved(301, "/two"),  moved(302, "three?q"),
                                         moved(303, "?r"),    moved(307, "../x/../five"),
                                         moved(308, "./six"), ok_answer("there")};
  HostileServer server([&](Peer& peer) {
    for (const std::string& answer : answers) {
      peer.answer(answer);
    }
    peer.hang();
  });
  Fetcher fetcher;
  HttpRequest request;
  request.url = server.url("/one");
  request.headers = {{"Authorization", "Bearer x"}};
  CHECK(said(fetcher.fetch_on(request)) == "200 there");
  CHECK(server.connections() == 1);
  const std::vector<std::string> requests = server.requests();
  REQUIRE(requests.size() == 6);
  const std::vector<std::string> targets{"/one", "/two", "/three?q", "/three?r", "/five", "/six"};
  for (std::size_t i = 0; i < targets.size(); ++i) {
    CHECK(requests[i].rfind("GET " + targets[i] + " HTTP/1.1\r\n", 0) == 0);
    CHECK(requests[i].find("Authorization: Bearer x") != std::string::npos);
  }
}

TEST_CASE("over five redirects, and a loop: the last answer, not followed") {
  HostileServer server(moved(302, "/again"));
  Fetcher fetcher;
  HttpRequest request;
  request.url = server.url("/again");
  const std::string end = said(fetcher.fetch_on(request));
  CHECK(end.rfind("302 moved, over 5 redirects", 0) == 0);
  CHECK(server.connections() == 1);
  CHECK(server.requests().size() == 6);
}

TEST_CASE("a redirect is handed back, not followed, with what is left of the time") {
  HostileServer server([](Peer& peer) {
    peer.answer(moved(302, "/there"));
    peer.hang();
  });
  Fetcher fetcher;
  const auto result = fetcher.get_within(server.url("/here"), dogged::Millis(5'000));
  REQUIRE(std::holds_alternative<HttpRedirect>(result));
  const HttpRequest& next = std::get<HttpRedirect>(result).next;
  CHECK(next.url == server.url("/there"));
  CHECK(next.timeout <= dogged::Millis(5'000));
  CHECK(next.timeout > dogged::Millis(0));
  CHECK(server.requests().size() == 1);
}

TEST_CASE("a redirect elsewhere is not followed unless allowed, and the message hides its query") {
  HostileServer other(ok_answer("other"));
  HostileServer server(moved(302, other.url("/login?token=hush")));
  Fetcher fetcher;
  const auto result = fetcher.get(server.url());
  REQUIRE(std::holds_alternative<HttpResponse>(result));
  CHECK(std::get<HttpResponse>(result).status == 302);
  CHECK_FALSE(std::get<HttpResponse>(result).not_followed.empty());
  CHECK(said(result).find(other.url("/login")) != std::string::npos);
  CHECK(said(result).find("hush") == std::string::npos);
  CHECK(other.connections() == 0);
}

TEST_CASE("to another origin no credential follows") {
  HostileServer other(ok_answer("other"));
  HostileServer server(moved(307, other.url("/x")));
  Fetcher fetcher;
  HttpRequest request;
  request.method = "POST";
  request.body = "{}";
  request.url = server.url();
  request.redirect_other_origin = true;
  request.headers = {{"Authorization", "Bearer hush"},
                     {"Cookie", "hush=1"},
                     {"X-Mine", "hush"},
                     {"Host", "hush"},
                     {"Accept", "a/b"}};
  request.credential_headers = {"x-mine"};
  CHECK(said(fetcher.fetch_on(request)) == "200 other");
  const std::string seen = other.last_request();
  CHECK(seen.rfind("POST /x HTTP/1.1\r\n", 0) == 0);
  CHECK(seen.find("hush") == std::string::npos);
  CHECK(seen.find("Accept: a/b") != std::string::npos);
  CHECK(seen.find("Host: 127.0.0.1:" + std::to_string(other.port())) != std::string::npos);
}

TEST_CASE("other 3xx are answers") {
  Fetcher fetcher;
  HostileServer server(moved(300, "/x"));
  CHECK(said(fetcher.get(server.url())) == "300 moved");
}
