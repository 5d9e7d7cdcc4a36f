// SPDX-License-Identifier: MIT
// Answers over a kept connection that may be those to an earlier request.
#include "fetcher.h"
#include "hostile_server.h"

#include <doctest/doctest.h>

#include <string>
#include <thread>

using namespace std::chrono_literals;
using dogged::HttpRequest;
using dogged::Millis;
using dogged::test::Fetcher;
using dogged::test::HostileServer;
using dogged::test::is_stale;
using dogged::test::kind_of;
using dogged::test::ok_answer;
using dogged::test::Peer;
using dogged::test::said;

TEST_CASE("what may be the answer to an earlier request is told as stale, and asked anew") {
  const auto named = [](const std::string& name) { return ok_answer("{\"id\":\"" + name + "\"}"); };
  const auto ask = [](Fetcher& fetcher, const HostileServer& server, const std::string& subject,
                      bool anew = false) {
    HttpRequest request;
    request.url = server.url();
    request.subject = subject;
    request.new_connection = anew;
    return fetcher.fetch(request);
  };
  struct Row {
    const char* what;
    std::string to_second;  // what the second request over the connection gets
    std::string later;      // and a moment later
  };
  for (const Row& row : {
           Row{"rest of a body", "<html>", ""},
           Row{"two answers at once", named("first") + named("second"), ""},
           Row{"another's answer, then its own", named("first"), named("second")},
       }) {
    CAPTURE(std::string(row.what));
    HostileServer server({[&](Peer& peer) {
                            peer.answer(named("first"));
                            peer.answer(row.to_second);
                            peer.send(row.later);
                            peer.hang();
                          },
                          [&](Peer& peer) {
                            peer.answer(named("second"));
                            peer.hang();
                          }});
    Fetcher fetcher;
    CHECK(said(ask(fetcher, server, "first")) == "200 {\"id\":\"first\"}");
    CHECK(is_stale(ask(fetcher, server, "second")));
    CHECK(said(ask(fetcher, server, "second", true)) == "200 {\"id\":\"second\"}");
    CHECK(server.connections() == 2);
  }
}

TEST_CASE("every answer to another request is caught, however many there are") {
  HostileServer server([](Peer& peer) {
    // To every sixth request the answer before it comes again, and its own behind.
    std::string before;
    for (int n = 0;; ++n) {
      const std::string request = peer.read_request();
      if (request.empty()) {
        return;
      }
      const std::string key = request.substr(5, 7);
      const std::string own = ok_answer("{\"id\":\"" + key + "\"}");
      peer.send(n % 6 == 5 ? before : own);
      if (n % 6 == 5) {
        std::this_thread::sleep_for(20ms);  // no surplus in one read
        peer.send(own);
      }
      before = own;
    }
  });
  Fetcher fetcher;
  int caught = 0;
  for (int i = 100; i < 300; ++i) {
    HttpRequest request;
    request.subject = "job-" + std::to_string(i);
    request.url = server.url("/" + request.subject);
    auto result = fetcher.fetch(request);
    if (is_stale(result)) {
      ++caught;
      request.new_connection = true;
      result = fetcher.fetch(request);
    }
    CHECK(said(result) == "200 {\"id\":\"" + request.subject + "\"}");
  }
  CHECK(caught >= 30);
}

TEST_CASE("an odd answer is taken only where silence followed for as long as an answer may take") {
  struct Row {
    const char* what;
    Millis slow;    // what the first answer takes
    Millis behind;  // what the second one's own takes behind the odd one; 0: it is closed
    Millis timeout;
  };
  for (const Row& row : {
           Row{"its own comes late, as all do", 1000ms, 2500ms, 60s},
           Row{"the connection is closed", 0ms, 0ms, 60s},
           Row{"its time is too short to look", 0ms, 60s, 400ms},
           Row{"answers take too long to look", 1000ms, 60s, 3500ms},
       }) {
    CAPTURE(std::string(row.what));
    const auto named = ok_answer("{\"id\":\"first\"}");
    HostileServer server([&](Peer& peer) {
      peer.read_request();
      std::this_thread::sleep_for(row.slow);
      peer.send(named);
      peer.answer(named);
      if (row.behind == 60s) {
        peer.hang();
      } else if (row.behind > 0ms) {
        std::this_thread::sleep_for(row.behind);
        peer.send(ok_answer("{\"id\":\"second\"}"));
        peer.hang();
      }
    });
    Fetcher fetcher;
    HttpRequest request;
    request.url = server.url();
    request.subject = "first";
    REQUIRE(said(fetcher.fetch(request)) == "200 {\"id\":\"first\"}");
    request.subject = "second";
    request.timeout = row.timeout;
    CHECK(is_stale(fetcher.fetch(request)));
  }
}

TEST_CASE("a stop while an odd answer is looked at leaves it open") {
  Fetcher fetcher;
  HostileServer server([&](Peer& peer) {
    peer.read_request();
    std::this_thread::sleep_for(500ms);
    peer.send(ok_answer("{\"id\":\"first\"}"));
    peer.answer(ok_answer("{\"id\":\"first\"}"));
    std::this_thread::sleep_for(300ms);  // the look is under way; earlier it is no other outcome
    fetcher.stop.request_stop();
    peer.hang();
  });
  HttpRequest request;
  request.url = server.url();
  request.subject = "first";
  REQUIRE(said(fetcher.fetch(request)) == "200 {\"id\":\"first\"}");
  request.subject = "second";
  CHECK(kind_of(fetcher.fetch(request)) == "interrupted");
}

TEST_CASE("an answer that names nothing is taken where nothing comes behind it") {
  HostileServer server([&](Peer& peer) {
    peer.answer(ok_answer("{\"id\":\"first\"}"));
    while (peer.answer(ok_answer("{}"))) {
    }
  });
  Fetcher fetcher;
  HttpRequest request;
  request.url = server.url();
  request.subject = "first";
  CHECK(said(fetcher.fetch(request)) == "200 {\"id\":\"first\"}");
  request.subject = "second";
  CHECK(said(fetcher.fetch(request)) == "200 {}");
  CHECK(said(fetcher.fetch(request)) == "200 {}");
  CHECK(server.connections() == 1);
}
