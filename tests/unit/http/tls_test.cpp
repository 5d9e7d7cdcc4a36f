// SPDX-License-Identifier: MIT
#include "http/tls.h"

#include "base/error.h"
#include "certificates.h"
#include "fetcher.h"
#include "hostile_server.h"

#include <doctest/doctest.h>

#include <future>
#include <string>

using namespace std::chrono_literals;
using dogged::HttpConfig;
using dogged::Millis;
using dogged::test::Authority;
using dogged::test::CertificateFor;
using dogged::test::Fetcher;
using dogged::test::HostileServer;
using dogged::test::kind_of;
using dogged::test::ok_answer;
using dogged::test::Peer;
using dogged::test::said;
using dogged::test::ServerContext;

namespace {

// Serves `answer` over TLS.
HostileServer::Script serve(const ServerContext& context, std::string answer) {
  return [&context, answer = std::move(answer)](Peer& peer) {
    if (!peer.start_tls(context.get())) {
      return;
    }
    while (peer.answer(answer)) {
    }
  };
}

HttpConfig trusting(const Authority& authority) {
  HttpConfig config;
  config.ca_file = authority.file();
  return config;
}

}  // namespace

TEST_CASE("a certificate that is right for the name or the address is accepted") {
  const Authority authority;
  const ServerContext context(authority, CertificateFor{});
  HostileServer server(serve(context, ok_answer("safe")));
  Fetcher fetcher(trusting(authority));
  CHECK(said(fetcher.get(server.url("/", "https"))) == "200 safe");
  CHECK(said(fetcher.get(server.url("/", "https"))) == "200 safe");
  CHECK(server.connections() == 1);
  CHECK(said(fetcher.get("https://localhost:" + std::to_string(server.port()))) == "200 safe");
  CHECK(server.connections() == 2);
}

TEST_CASE("a certificate that does not verify: tls_verify, with the reason; --insecure goes on") {
  const Authority authority;
  const Authority other;
  struct Row {
    const char* what;
    const Authority& signer;
    CertificateFor certificate;
    const char* reason;
  };
  CertificateFor expired;
  expired.not_before = -7200s;
  expired.not_after = -3600s;
  CertificateFor not_yet;
  not_yet.not_before = 3600s;
  not_yet.not_after = 7200s;
  CertificateFor wrong_host;
  wrong_host.names = "DNS:example.com,IP:10.0.0.1";
  CertificateFor self_signed;
  self_signed.self_signed = true;
  for (const Row& row : {
           Row{"expired", authority, expired, "expired"},
           Row{"not yet valid", authority, not_yet, "not yet valid"},
           Row{"for another host", authority, wrong_host, "mismatch"},
           Row{"self-signed", authority, self_signed, "self-signed"},
           Row{"of an unknown authority", other, CertificateFor{}, "certificate"},
       }) {
    CAPTURE(std::string(row.what));
    const ServerContext context(row.signer, row.certificate);
    HostileServer server(serve(context, ok_answer("unsafe")));
    Fetcher strict(trusting(authority));
    const auto result = strict.get(server.url("/x?hush", "https"));
    CHECK(kind_of(result) == "tls_verify");
    CHECK(said(result).find(row.reason) != std::string::npos);
    CHECK(said(result).find("hush") == std::string::npos);
    HttpConfig insecure;
    insecure.insecure = true;
    Fetcher careless(insecure);
    CHECK(said(careless.get(server.url("/", "https"))) == "200 unsafe");
  }
}

TEST_CASE("a name that does not fit is refused though the address would") {
  const Authority authority;
  CertificateFor only_address;
  only_address.names = "IP:127.0.0.1";
  const ServerContext context(authority, only_address);
  HostileServer server(serve(context, ok_answer("safe")));
  Fetcher fetcher(trusting(authority));
  CHECK(said(fetcher.get(server.url("/", "https"))) == "200 safe");
  CHECK(kind_of(fetcher.get("https://localhost:" + std::to_string(server.port()))) == "tls_verify");
}

TEST_CASE("a server that speaks no TLS, or closes: tls") {
  for (const char* bytes : {"HTTP/1.1 400 Bad Request\r\n\r\n", ""}) {
    HostileServer server([&](Peer& peer) { peer.send(bytes); });
    Fetcher fetcher;
    CHECK(kind_of(fetcher.get_within(server.url("/", "https"), 5s)) == "tls");
  }
}

TEST_CASE("a handshake that drips or hangs ends at the deadline or the connect timeout") {
  HostileServer dripping([](Peer& peer) {
    peer.drip(
        std::string("\x16\x03\x03\x40\x00\x02\x00\x3f\xfc\x03\x03", 11) + std::string(1000, 'x'),
        50ms);
  });
  HostileServer hanging([](Peer& peer) { peer.hang(); });
  for (const HostileServer* server : {&dripping, &hanging}) {
    Fetcher fetcher;
    CHECK(kind_of(fetcher.get_within(server->url("/", "https"), 300ms)) == "timed_out");
    CHECK(fetcher.took < 3000ms);
    dogged::HttpRequest request;
    request.url = server->url("/", "https");
    request.connect_timeout = Millis(300);
    const auto result = fetcher.fetch(request);
    CHECK(kind_of(result) == "tls");
    CHECK(said(result).find("connect timeout") != std::string::npos);
    CHECK(fetcher.took < 3000ms);
  }
}

TEST_CASE("an answer over TLS that drips ends at the deadline, a stop interrupts it") {
  const Authority authority;
  const ServerContext context(authority, CertificateFor{});
  HostileServer server([&](Peer& peer) {
    if (peer.start_tls(context.get()) && !peer.read_request().empty()) {
      peer.drip("HTTP/1.1 200 " + std::string(1000, 'x'), 50ms);
    }
  });
  Fetcher fetcher(trusting(authority));
  CHECK(kind_of(fetcher.get_within(server.url("/", "https"), 300ms)) == "timed_out");
  CHECK(fetcher.took < 3000ms);

  HostileServer stopping([&](Peer& peer) {
    if (peer.start_tls(context.get()) && !peer.read_request().empty()) {
      fetcher.stop.request_stop();
      peer.hang();
    }
  });
  CHECK(kind_of(fetcher.get(stopping.url("/", "https"))) == "interrupted");
}

TEST_CASE("over TLS too, no unasked answer is taken and a closed connection is replaced") {
  const Authority authority;
  const ServerContext context(authority, CertificateFor{});
  std::promise<void> sent;
  HostileServer server({[&](Peer& peer) {
                          if (peer.start_tls(context.get())) {
                            peer.answer(ok_answer("first"));
                            peer.answer(ok_answer("second") + ok_answer("unasked"));
                            sent.set_value();
                            peer.hang();
                          }
                        },
                        [&](Peer& peer) {
                          if (peer.start_tls(context.get())) {
                            peer.answer(ok_answer("third"));
                          }
                        }});
  Fetcher fetcher(trusting(authority));
  CHECK(said(fetcher.get(server.url("/", "https"))) == "200 first");
  CHECK(dogged::test::is_stale(fetcher.get(server.url("/", "https"))));  // which is whose?
  sent.get_future().wait();
  CHECK(said(fetcher.get(server.url("/", "https"))) == "200 third");
  CHECK(server.connections() == 2);
  CHECK(said(fetcher.get(server.url("/", "https"))) == "200 third");
  CHECK(server.connections() == 3);
}

TEST_CASE("over TLS an answer sent late is not the next one's") {
  const Authority authority;
  const ServerContext context(authority, CertificateFor{});
  std::promise<void> taken;
  std::promise<void> sent;
  HostileServer server({[&](Peer& peer) {
                          if (peer.start_tls(context.get())) {
                            peer.answer(ok_answer("first"));
                            taken.get_future().wait();
                            peer.send(ok_answer("unasked"));
                            sent.set_value();
                            peer.hang();
                          }
                        },
                        serve(context, ok_answer("second"))});
  Fetcher fetcher(trusting(authority));
  CHECK(said(fetcher.get(server.url("/", "https"))) == "200 first");
  taken.set_value();
  sent.get_future().wait();
  CHECK(said(fetcher.get(server.url("/", "https"))) == "200 second");
  CHECK(server.connections() == 2);
}

TEST_CASE("a body until close that TLS did not close: cut off") {
  const Authority authority;
  const ServerContext context(authority, CertificateFor{});
  HostileServer server([&](Peer& peer) {
    if (peer.start_tls(context.get())) {
      peer.answer("HTTP/1.1 200 OK\r\n\r\n{\"half\":");
    }
  });
  Fetcher fetcher(trusting(authority));
  CHECK(kind_of(fetcher.get(server.url("/", "https"))) == "closed");
}

TEST_CASE("TLS through a proxy's tunnel names the host, not the proxy") {
  const Authority authority;
  const ServerContext context(authority, CertificateFor{});
  HostileServer proxy([&](Peer& peer) {
    if (peer.answer("HTTP/1.1 200 Connection established\r\n\r\n") &&
        peer.start_tls(context.get())) {
      while (peer.answer(ok_answer("inside"))) {
      }
    }
  });
  HttpConfig config = trusting(authority);
  config.proxy = "http://me:hush@127.0.0.1:" + std::to_string(proxy.port());
  Fetcher fetcher(config);
  CHECK(said(fetcher.get("https://localhost:1/x")) == "200 inside");
  CHECK(said(fetcher.get("https://localhost:1/y")) == "200 inside");
  CHECK(proxy.connections() == 1);
  const auto requests = proxy.requests();
  REQUIRE(requests.size() == 3);
  CHECK(requests[0].rfind("CONNECT localhost:1 HTTP/1.1\r\n", 0) == 0);
  CHECK(requests[0].find("Proxy-Authorization: Basic bWU6aHVzaA==") != std::string::npos);
  CHECK(requests[1].rfind("GET /x HTTP/1.1\r\n", 0) == 0);
  CHECK(requests[1].find("Proxy-Authorization") == std::string::npos);
  CHECK(kind_of(fetcher.get("https://no-such-name.invalid/")) == "tls_verify");
}

TEST_CASE("a CA file that is not there or holds no certificate is an error") {
  for (const char* path : {"/nonexistent/ca.pem", "/dev/null"}) {
    const dogged::StopSignal stop;
    HttpConfig config;
    config.ca_file = path;
    try {
      (void)dogged::make_http(config, stop);
      FAIL("no error");
    } catch (const dogged::Error& error) {
      CHECK(error.fault() == dogged::Fault::usage);
      CHECK(std::string(error.what()).find(path) != std::string::npos);
    }
  }
}
