// SPDX-License-Identifier: MIT
#include "http/proxy.h"

#include "base/error.h"
#include "fetcher.h"
#include "hostile_server.h"

#include <doctest/doctest.h>

#include <map>
#include <string>

using dogged::Error;
using dogged::HttpConfig;
using dogged::parse_url;
using dogged::ProxyRules;
using dogged::test::Fetcher;
using dogged::test::HostileServer;
using dogged::test::kind_of;
using dogged::test::ok_answer;
using dogged::test::Peer;
using dogged::test::said;

namespace {

using Variables = std::map<std::string, std::string>;

ProxyRules rules(const Variables& variables, const HttpConfig& config = {}) {
  return ProxyRules(config, [&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

// "host:port" of the proxy for `url`, or "direct".
std::string way(const ProxyRules& rules, const std::string& url) {
  const auto* proxy = rules.proxy_for(parse_url(url).value());
  return proxy == nullptr ? "direct" : proxy->host + ':' + std::to_string(proxy->port);
}

}  // namespace

TEST_CASE("the proxy comes from the flag, else from the environment by scheme") {
  CHECK(way(rules({}), "http://a/") == "direct");
  CHECK(way(rules({{"http_proxy", "http://p:3128"}}), "http://a/") == "p:3128");
  CHECK(way(rules({{"http_proxy", "http://p:3128"}}), "https://a/") == "direct");
  CHECK(way(rules({{"https_proxy", "p:3128/"}}), "https://a/") == "p:3128");
  CHECK(way(rules({{"HTTPS_PROXY", "p:3128"}}), "https://a/") == "p:3128");
  CHECK(way(rules({{"HTTP_PROXY", "upper:1"}, {"http_proxy", "lower:2"}}), "http://a/") ==
        "lower:2");
  CHECK(way(rules({{"HTTP_PROXY", "upper:1"}, {"http_proxy", ""}}), "http://a/") == "direct");
  CHECK(way(rules({{"http_proxy", "http://[::1]:8080"}}), "http://a/") == "::1:8080");
  HttpConfig config;
  config.proxy = "flag:9";
  CHECK(way(rules({{"http_proxy", "p:1"}}, config), "http://a/") == "flag:9");
  CHECK(way(rules({}, config), "https://a/") == "flag:9");
  config.no_proxy = true;
  CHECK(way(rules({{"http_proxy", "p:1"}}, config), "http://a/") == "direct");
}

TEST_CASE("no_proxy exempts names with all below them, addresses, networks and ports") {
  struct Row {
    const char* list;
    const char* host;
    bool direct;
  };
  for (const Row& row : {
           Row{"*", "a.b", true},
           Row{"example.com", "example.com", true},
           Row{"example.com", "www.EXAMPLE.com", true},
           Row{"Example.com", "a.b.example.com", true},
           Row{"example.com", "notexample.com", false},
           Row{".example.com", "example.com", true},
           Row{"*.example.com", "www.example.com", true},
           Row{"example.com", "example.com.", true},
           Row{"www.example.com", "example.com", false},
           Row{"x, example.com ,y", "example.com", true},
           Row{"x y\texample.com", "example.com", true},
           Row{"example.com:8080", "example.com", false},
           Row{"example.com:80", "example.com", true},
           Row{"127.0.0.1", "127.0.0.1", true},
           Row{"127.0.0.1", "127.0.0.10", false},
           Row{"0.0.1", "127.0.0.1", false},
           Row{"10.0.0.0/8", "10.1.2.3", true},
           Row{"10.0.0.0/8", "11.1.2.3", false},
           Row{"10.1.2.3/33", "10.1.2.3", false},
           Row{"10.1.2.3/x", "10.1.2.3", false},
           Row{"192.168.1.128/25", "192.168.1.127", false},
           Row{"::1", "[::1]", true},
           Row{"[::1]", "[::1]", true},
           Row{"[::1]:80", "[::1]", true},
           Row{"[::1]:81", "[::1]", false},
           Row{"fd00::/8", "[fd12::1]", true},
           Row{"fd00::/8", "10.0.0.1", false},
           Row{"", "a", false},
           Row{",,", "a", false},
       }) {
    CAPTURE(std::string(row.list));
    CAPTURE(std::string(row.host));
    const ProxyRules with({rules({{"http_proxy", "p:1"}, {"no_proxy", row.list}})});
    CHECK((way(with, "http://" + std::string(row.host) + "/") == "direct") == row.direct);
  }
}

TEST_CASE("a wrong proxy is an error that hides its password") {
  for (const char* text :
       {"socks5://p:1", "https://p:1", "http://", "http://a b", "p:99999", "http://me:hush@p:x"}) {
    CAPTURE(std::string(text));
    HttpConfig config;
    config.proxy = text;
    try {
      rules({}, config);
      FAIL("no error");
    } catch (const Error& error) {
      CHECK(error.fault() == dogged::Fault::usage);
      CHECK(std::string(error.what()).find("hush") == std::string::npos);
    }
  }
}

TEST_CASE("base64 as in RFC 4648, section 10") {
  CHECK(dogged::base64("") == "");
  CHECK(dogged::base64("f") == "Zg==");
  CHECK(dogged::base64("fo") == "Zm8=");
  CHECK(dogged::base64("foo") == "Zm9v");
  CHECK(dogged::base64("foobar") == "Zm9vYmFy");
  CHECK(dogged::base64("\xff\xfe\xfd") == "//79");
}

TEST_CASE("plain http goes to the proxy with the whole URL and the proxy's credentials") {
  HostileServer proxy([](Peer& peer) {
    peer.answer(ok_answer("through"));
    peer.answer(ok_answer("again"));
    peer.hang();
  });
  HttpConfig config;
  config.proxy = "http://me:p%40ss@127.0.0.1:" + std::to_string(proxy.port());
  Fetcher fetcher(config);
  CHECK(said(fetcher.get("http://no-such-name.invalid/x?y")) == "200 through");
  const std::string seen = proxy.last_request();
  CHECK(seen.rfind("GET http://no-such-name.invalid/x?y HTTP/1.1\r\n", 0) == 0);
  CHECK(seen.find("\r\nHost: no-such-name.invalid\r\n") != std::string::npos);
  CHECK(seen.find("\r\nProxy-Authorization: Basic bWU6cEBzcw==\r\n") != std::string::npos);
  CHECK(said(fetcher.get("http://no-such-name.invalid/z")) == "200 again");
  CHECK(proxy.connections() == 1);
}

TEST_CASE("a proxy that gives no tunnel: proxy; one that drips: in time") {
  struct Row {
    const char* answer;
    const char* kind;
  };
  for (const Row& row : {
           Row{"HTTP/1.1 407 Authenticate\r\nContent-Length: 0\r\n\r\n", "proxy"},
           Row{"HTTP/1.1 502 Bad Gateway\r\n\r\n", "proxy"},
           Row{"no proxy here\r\n", "proxy"},
           Row{"HTTP/1.1 200 OK\r\n\r\nbytes before TLS", "proxy"},
           Row{"HTTP/1.1 200 OK\r\n\r\n", "tls"},
           Row{"", "proxy"},
       }) {
    CAPTURE(std::string(row.answer));
    HostileServer proxy([&](Peer& peer) { peer.answer(row.answer); });
    HttpConfig config;
    config.proxy = "127.0.0.1:" + std::to_string(proxy.port());
    Fetcher fetcher(config);
    CHECK(kind_of(fetcher.get("https://no-such-name.invalid/x?hush")) == row.kind);
    const std::string seen = proxy.last_request();
    CHECK(seen.rfind("CONNECT no-such-name.invalid:443 HTTP/1.1\r\n", 0) == 0);
    CHECK(seen.find("hush") == std::string::npos);
  }
  HostileServer slow([](Peer& peer) {
    peer.read_request();
    peer.drip(std::string("HTTP/1.1 200 ") + std::string(1000, 'x'), std::chrono::milliseconds(50));
  });
  HttpConfig config;
  config.proxy = "127.0.0.1:" + std::to_string(slow.port());
  Fetcher fetcher(config);
  CHECK(kind_of(fetcher.get_within("https://no-such-name.invalid/", dogged::Millis(300))) ==
        "timed_out");
  CHECK(fetcher.took < dogged::Millis(3000));
}
