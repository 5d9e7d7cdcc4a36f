// SPDX-License-Identifier: MIT
#include "http/url.h"

#include <doctest/doctest.h>

#include <string>

using dogged::parse_url;
using dogged::resolve_location;
using dogged::Url;

TEST_CASE("an absolute URL is taken apart") {
  struct Row {
    const char* text;
    bool https;
    const char* host;
    int port;
    const char* target;
    const char* authority;
  };
  for (const Row& row : {
           Row{"http://example.com", false, "example.com", 80, "/", "example.com"},
           Row{"HTTP://Example.COM/", false, "example.com", 80, "/", "example.com"},
           Row{"https://a.b/c/d?e=f", true, "a.b", 443, "/c/d?e=f", "a.b"},
           Row{"https://a.b:8443/c", true, "a.b", 8443, "/c", "a.b:8443"},
           Row{"http://a.b:443/c", false, "a.b", 443, "/c", "a.b:443"},
           Row{"http://a.b:/c", false, "a.b", 80, "/c", "a.b"},
           Row{"http://a.b?q=1", false, "a.b", 80, "/?q=1", "a.b"},
           Row{"http://a.b/c#part", false, "a.b", 80, "/c", "a.b"},
           Row{"http://a.b#x@y", false, "a.b", 80, "/", "a.b"},
           Row{"http://a.b/c@d:e", false, "a.b", 80, "/c@d:e", "a.b"},
           Row{"http://[::1]:8080/x", false, "::1", 8080, "/x", "[::1]:8080"},
           Row{"http://[2001:DB8::1]/", false, "2001:db8::1", 80, "/", "[2001:db8::1]"},
           Row{"http://127.0.0.1:1/", false, "127.0.0.1", 1, "/", "127.0.0.1:1"},
           Row{"http://a_b.c/%2F%0D%0A", false, "a_b.c", 80, "/%2F%0D%0A", "a_b.c"},
       }) {
    CAPTURE(std::string(row.text));
    const auto url = parse_url(row.text);
    REQUIRE(url.ok());
    CHECK(url.value().https == row.https);
    CHECK(url.value().host == row.host);
    CHECK(url.value().port == row.port);
    CHECK(url.value().target == row.target);
    CHECK(url.value().authority() == row.authority);
  }
}

TEST_CASE("what is no absolute http URL, or could be read in two ways, is refused") {
  for (const char* text : {"",
                           "/path",
                           "example.com/x",
                           "ftp://a.b/",
                           "file:///etc/passwd",
                           "http:a.b",
                           "http:/a.b",
                           "http://",
                           "http:///x",
                           "http://:80/",
                           "http://a.b:0/",
                           "http://a.b:65536/",
                           "http://a.b:8x/",
                           "http://a.b:-1/",
                           "http://user@a.b/",
                           "http://user:secret@a.b/",
                           "http://a b/",
                           "http://a.b/x y",
                           "http://a.b/\r\nHost: c",
                           "http://a.b/\xc3\xa4",
                           "http://\xc3\xa4.fi/",
                           "http://[::1",
                           "http://[::g]/",
                           "http://[::1]x/",
                           "http://a%2eb/",
                           "http://a.b\\@c.d/",
                           "http://a,b/"}) {
    CAPTURE(std::string(text));
    const auto url = parse_url(text);
    REQUIRE_FALSE(url.ok());
    CHECK(url.error().find("secret") == std::string::npos);
  }
}

TEST_CASE("for people, a URL is shown without its query") {
  CHECK(parse_url("https://a.b:444/c/d?key=secret").value().for_people() == "https://a.b:444/c/d");
}

TEST_CASE("origins are the same by scheme, host and port") {
  const Url url = parse_url("https://a.b/c").value();
  CHECK(url.same_origin(parse_url("HTTPS://A.B:443/d?e").value()));
  CHECK_FALSE(url.same_origin(parse_url("http://a.b/c").value()));
  CHECK_FALSE(url.same_origin(parse_url("https://a.b:8443/c").value()));
  CHECK_FALSE(url.same_origin(parse_url("https://c.a.b/c").value()));
}

TEST_CASE("a Location is resolved as RFC 3986, section 5.4 shows") {
  const Url base = parse_url("http://a/b/c/d;p?q").value();
  struct Row {
    const char* location;
    const char* url;
  };
  for (const Row& row : {
           Row{"g", "/b/c/g"},
           Row{"./g", "/b/c/g"},
           Row{"g/", "/b/c/g/"},
           Row{"/g", "/g"},
           Row{"?y", "/b/c/d;p?y"},
           Row{"g?y", "/b/c/g?y"},
           Row{"#s", "/b/c/d;p?q"},
           Row{"g#s", "/b/c/g"},
           Row{"g?y#s", "/b/c/g?y"},
           Row{";x", "/b/c/;x"},
           Row{"", "/b/c/d;p?q"},
           Row{".", "/b/c/"},
           Row{"./", "/b/c/"},
           Row{"..", "/b/"},
           Row{"../", "/b/"},
           Row{"../g", "/b/g"},
           Row{"../..", "/"},
           Row{"../../g", "/g"},
           Row{"../../../../g", "/g"},
           Row{"/./g", "/g"},
           Row{"/../g", "/g"},
           Row{"g.", "/b/c/g."},
           Row{"..g", "/b/c/..g"},
           Row{"./../g", "/b/g"},
           Row{"./g/.", "/b/c/g/"},
           Row{"g/./h", "/b/c/g/h"},
           Row{"g/../h", "/b/c/h"},
           Row{"g;x=1/../y", "/b/c/y"},
           Row{"g?y/../x", "/b/c/g?y/../x"},
           Row{"http://a/x/../y", "/y"},
           Row{"//a/x", "/x"},
           Row{"/a//b", "/a//b"},
           Row{" g\t", "/b/c/g"},
           Row{"/x y\xc3\xa4", "/x%20y%C3%A4"},
       }) {
    CAPTURE(std::string(row.location));
    const auto url = resolve_location(base, row.location);
    REQUIRE(url.ok());
    CHECK(url.value().target == row.url);
    CHECK(url.value().same_origin(base));
  }
}

TEST_CASE("a Location may name another server, never a user or another scheme") {
  const Url base = parse_url("https://a/b").value();
  CHECK(resolve_location(base, "//c:81/d").value().authority() == "c:81");
  CHECK(resolve_location(base, "//c/d").value().https);
  CHECK_FALSE(resolve_location(base, "http://c/d").value().https);
  for (const char* location :
       {"javascript:alert(1)", "file:///etc/passwd", "ftp://a/b", "https://me@c/", "//me:secret@c/",
        "http:c", "/x\r\nSet-Cookie: a"}) {
    CAPTURE(std::string(location));
    CHECK_FALSE(resolve_location(base, location).ok());
  }
}
