// SPDX-License-Identifier: MIT
#pragma once

#include "http/http_client.h"

#include <chrono>
#include <memory>
#include <ostream>
#include <string>
#include <utility>

namespace dogged {

inline std::ostream& operator<<(std::ostream& out, HttpFailure::Kind kind) {
  return out << word(kind);
}

namespace test {

// A client and all it needs, without the proxies of the environment.
struct Fetcher {
  explicit Fetcher(HttpConfig config = {}) {
    config.no_proxy = config.proxy.empty();
    factory = make_http(config, stop);
    client = factory->make();
  }

  HttpResult get(std::string url) {
    HttpRequest request;
    request.url = std::move(url);
    return fetch(request);
  }
  HttpResult get_within(std::string url, Millis timeout) {
    HttpRequest request;
    request.url = std::move(url);
    request.timeout = timeout;
    return fetch(request);
  }
  HttpResult fetch(const HttpRequest& request) {
    const auto start = std::chrono::steady_clock::now();
    HttpResult result = client->fetch(request);
    took = std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - start);
    return result;
  }

  // Over all redirects, as a run does it.
  HttpResult fetch_on(HttpRequest request) {
    for (;;) {
      HttpResult result = fetch(request);
      auto* redirect = std::get_if<HttpRedirect>(&result);
      if (redirect == nullptr) {
        return result;
      }
      request = std::move(redirect->next);
    }
  }

  StopSignal stop;
  std::unique_ptr<HttpClientFactory> factory;
  std::unique_ptr<HttpClient> client;
  Millis took{0};
};

// "200 BODY", "302 BODY, WHY NOT FOLLOWED", "KIND: MESSAGE" or "to URL": one value to compare and
// to read where it differs.
inline std::string said(const HttpResult& result) {
  if (const auto* answer = std::get_if<HttpResponse>(&result)) {
    return std::to_string(answer->status) + ' ' + answer->body +
           (answer->not_followed.empty() ? "" : ", " + answer->not_followed);
  }
  if (const auto* redirect = std::get_if<HttpRedirect>(&result)) {
    return "to " + redirect->next.url;
  }
  const auto& failure = std::get<HttpFailure>(result);
  return std::string(word(failure.kind)) + ": " + failure.message;
}

// The failure's kind; `closed` with the text in the failed check where there was none.
inline std::string kind_of(const HttpResult& result) {
  const auto* failure = std::get_if<HttpFailure>(&result);
  return failure != nullptr ? std::string(word(failure->kind)) : "answered " + said(result);
}

inline bool is_stale(const HttpResult& result) {
  const auto* failure = std::get_if<HttpFailure>(&result);
  return failure != nullptr && failure->stale;
}

}  // namespace test
}  // namespace dogged
