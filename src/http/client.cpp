// SPDX-License-Identifier: MIT
#include "base/text.h"
#include "http/answer_names.h"
#include "http/connection.h"
#include "http/echoed_secrets.h"
#include "http/exchange.h"
#include "http/http_client.h"
#include "http/proxy.h"
#include "http/redirect.h"
#include "http/request_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <new>
#include <utility>

namespace dogged {

namespace {

using Kind = HttpFailure::Kind;

// Connections that one client keeps open: the origin's, and that of where it redirects to.
constexpr std::size_t kMaxConnections = 2;
// How long an odd answer is given for the right one to come behind it: at least so long, and so
// many times as the slowest answer of late took.
constexpr Millis kShortestLook{500};
constexpr int kLookFactor = 4;
// One of so many is what an answer's time is forgotten by with each that is faster.
constexpr int kForgetting = 64;

std::optional<std::string> environment(const char* name) {
  // Only read while the factory is made, before threads start.
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

class Client final : public HttpClient {
 public:
  Client(ConnectionMaker& maker, const ProxyRules& proxies, AnswerNames& names,
         const StopSignal& stop)
      : maker_(maker), proxies_(proxies), names_(names), stop_(stop) {}

  HttpResult fetch(const HttpRequest& request) override {
    begun_ = false;
    try {
      return fetch_checked(request);
    } catch (const std::bad_alloc&) {
      connections_.clear();
      if (begun_) {
        throw;
      }
      return HttpFailure{Kind::shortage, "out of memory"};  // so short that it takes no memory
    } catch (const std::exception& error) {
      // A defect: this one attempt failed, and its connections with it.
      connections_.clear();
      return HttpFailure{Kind::closed, fmt::format("the request failed: {}", error.what())};
    }
  }

 private:
  HttpResult fetch_checked(const HttpRequest& request);
  HttpResult exchange(const HttpRequest& request, const Url& url, const TimeBudget& budget);
  // An open connection that fits and is fit for use, taken out of the kept ones.
  std::unique_ptr<Connection> take_kept(const Url& url, const ProxyServer* proxy);
  void keep(std::unique_ptr<Connection> connection);
  // What becomes of a request whose answer over a used connection may be that to an earlier one.
  std::optional<HttpFailure> doubt(const HttpRequest& request, const ExchangeEnd& end,
                                   Connection& connection, const TimeBudget& budget);
  // Whether another answer comes behind an odd one.
  Connection::Look look(Connection& connection, const TimeBudget& budget) const;

  ConnectionMaker& maker_;
  const ProxyRules& proxies_;
  AnswerNames& names_;
  const StopSignal& stop_;
  RequestWriter writer_;
  Exchanger exchanger_;
  std::vector<std::unique_ptr<Connection>> connections_;  // the last used is last
  SteadyTime::duration longest_{};                        // of late, from request to answer
  bool begun_ = false;                                    // the request may have been sent
};

HttpResult Client::fetch_checked(const HttpRequest& request) {
  const TimeBudget budget(std::chrono::steady_clock::now(), request.timeout,
                          request.connect_timeout);
  if (auto failure = check_request(request)) {
    return *std::move(failure);
  }
  const auto url = parse_url(request.url);
  if (!url.ok()) {
    return HttpFailure{Kind::malformed, url.error()};
  }
  HttpResult result = exchange(request, url.value(), budget);
  if (auto* failure = std::get_if<HttpFailure>(&result);
      failure != nullptr && failure->kind == Kind::malformed) {
    failure->message = without_echo(std::move(failure->message), request);
  }
  auto* answer = std::get_if<HttpResponse>(&result);
  if (answer == nullptr || !is_redirect(answer->status)) {
    return result;
  }
  auto next = follow(url.value(), request, *answer);
  if (!next.ok()) {
    answer->not_followed = without_echo(next.error(), request);
    return result;
  }
  const auto left =
      std::chrono::duration_cast<Millis>(budget.end() - std::chrono::steady_clock::now());
  next.value().timeout = std::max(left, Millis(1));  // 0 would be no deadline that can be told
  return HttpRedirect{std::move(next).value()};
}

HttpResult Client::exchange(const HttpRequest& request, const Url& url, const TimeBudget& budget) {
  if (stop_.stopping()) {
    return interrupted_failure("starting the request");
  }
  const ProxyServer* proxy = proxies_.proxy_for(url);
  auto connection = take_kept(url, proxy);
  if (request.new_connection) {
    connection.reset();  // first: two are not needed, and there may be no descriptor left
  }
  if (!connection) {
    auto made = maker_.make(url, proxy, budget);
    if (auto* failure = std::get_if<HttpFailure>(&made)) {
      return std::move(*failure);
    }
    connection = std::get<std::unique_ptr<Connection>>(std::move(made));
  }
  const SteadyTime began = std::chrono::steady_clock::now();
  const OutgoingRequest out{request.method, writer_.write(request, url, *connection),
                            request.max_body_bytes};
  begun_ = true;
  ExchangeEnd end = exchanger_.run(*connection, out, budget);
  longest_ = std::max(longest_ - longest_ / kForgetting, std::chrono::steady_clock::now() - began);
  if (auto* failure = std::get_if<HttpFailure>(&end.result)) {
    const bool closed = failure->kind == Kind::closed && !end.answer_began;
    failure->stale = connection->used() && (closed || end.no_answer);
  } else if (!connection->used()) {
    names_.learn(request.subject, std::get<HttpResponse>(end.result));
  } else if (auto doubted = doubt(request, end, *connection, budget)) {
    return *std::move(doubted);
  }
  if (end.reusable) {
    connection->set_used();
    keep(std::move(connection));
  }
  return std::move(end.result);
}

std::optional<HttpFailure> Client::doubt(const HttpRequest& request, const ExchangeEnd& end,
                                         Connection& connection, const TimeBudget& budget) {
  const auto stale = [](const char* why) { return HttpFailure{Kind::malformed, why, true}; };
  constexpr const char* kMore = "the server sent more answers than it was asked for";
  const auto& answer = std::get<HttpResponse>(end.result);
  if (end.surplus) {
    return stale(kMore);
  }
  if (!names_.is_odd(request.subject, answer)) {
    return std::nullopt;
  }
  switch (look(connection, budget)) {
    case Connection::Look::quiet:
      names_.looked_in_vain(answer);
      return std::nullopt;
    case Connection::Look::more:
      return stale(kMore);
    case Connection::Look::open:
      break;
  }
  if (stop_.stopping()) {
    return interrupted_failure("looking whether the answer is the right one");
  }
  names_.left_open(request.subject);
  return stale("the answer may be that to another request");
}

// Were it another request's, this one's own would still come.
Connection::Look Client::look(Connection& connection, const TimeBudget& budget) const {
  const SteadyTime until = std::chrono::steady_clock::now() +
                           std::max<SteadyTime::duration>(kLookFactor * longest_, kShortestLook);
  // Not begun where it could not be ended: asking anew is sooner done.
  return until < budget.end() ? connection.look(until) : Connection::Look::open;
}

std::unique_ptr<Connection> Client::take_kept(const Url& url, const ProxyServer* proxy) {
  const auto found = std::find_if(connections_.begin(), connections_.end(),
                                  [&](const auto& kept) { return kept->leads_to(url, proxy); });
  if (found == connections_.end()) {
    return nullptr;
  }
  std::unique_ptr<Connection> connection = std::move(*found);
  connections_.erase(found);
  return connection->is_quiet() ? std::move(connection) : nullptr;
}

void Client::keep(std::unique_ptr<Connection> connection) {
  if (connections_.size() == kMaxConnections) {
    connections_.erase(connections_.begin());
  }
  connections_.push_back(std::move(connection));
}

class Factory final : public HttpClientFactory {
 public:
  Factory(const HttpConfig& config, const StopSignal& stop)
      : stop_(stop),
        proxies_(config, environment),
        tls_(config.ca_file, config.insecure),
        resolver_(stop),
        watcher_(stop, [this] { resolver_.wake(); }),
        maker_(resolver_, tls_, watcher_) {}

  std::unique_ptr<HttpClient> make() override {
    return std::make_unique<Client>(maker_, proxies_, names_, stop_);
  }

 private:
  const StopSignal& stop_;    // synchronises itself
  const ProxyRules proxies_;  // constant after construction
  TlsContext tls_;            // constant after construction
  Resolver resolver_;         // synchronises itself
  AnswerNames names_;         // synchronises itself
  StopWatcher watcher_;       // synchronises itself; after what its thread calls
  ConnectionMaker maker_;     // constant after construction
};

}  // namespace

std::string_view HttpResponse::header(std::string_view name) const {
  for (const HttpHeader& candidate : headers) {
    // Most differ in length.
    if (candidate.name.size() == name.size() && equals_ignoring_case(candidate.name, name)) {
      return candidate.value;
    }
  }
  return {};
}

std::string_view word(HttpFailure::Kind kind) {
  switch (kind) {
    case Kind::resolve:
      return "resolve";
    case Kind::connect:
      return "connect";
    case Kind::tls:
      return "tls";
    case Kind::tls_verify:
      return "tls_verify";
    case Kind::timed_out:
      return "timed_out";
    case Kind::closed:
      return "closed";
    case Kind::malformed:
      return "malformed";
    case Kind::too_large:
      return "too_large";
    case Kind::decode:
      return "decode";
    case Kind::interrupted:
      return "interrupted";
    case Kind::proxy:
      return "proxy";
    case Kind::shortage:
      return "shortage";
  }
  return "unknown";
}

std::unique_ptr<HttpClientFactory> make_http(const HttpConfig& config, const StopSignal& stop) {
  return std::make_unique<Factory>(config, stop);
}

}  // namespace dogged
