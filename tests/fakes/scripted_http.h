// SPDX-License-Identifier: MIT
#pragma once

#include "base/stop_signal.h"
#include "base/sync.h"
#include "http/http_client.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace dogged {

// The HttpClientFactory whose answers a test scripts: no sockets, and no time passes. Any thread;
// it must outlive its clients.
class ScriptedHttp final : public HttpClientFactory {
 public:
  // Called by the worker threads, several at once, with the request and how often its URL was asked
  // so far (1 for the first). What it throws is what the thread breaks on.
  using Script = std::function<HttpResult(const HttpRequest& request, int nth)>;

  explicit ScriptedHttp(Script script);
  ~ScriptedHttp() override;

  std::unique_ptr<HttpClient> make() override;

  std::int64_t requests() const EXCLUDES(mutex_);
  int most_at_once() const EXCLUDES(mutex_);
  int clients() const EXCLUDES(mutex_);
  // How often each URL was asked.
  std::map<std::string, int> asked() const EXCLUDES(mutex_);
  // Blocks until that many requests have come in.
  void wait_for_requests(std::int64_t count) const EXCLUDES(mutex_);

 private:
  class Client;
  HttpResult answer(const HttpRequest& request) EXCLUDES(mutex_);

  const Script script_;
  mutable Mutex mutex_;
  mutable CondVar came_;  // synchronises itself
  std::map<std::string, int> asked_ GUARDED_BY(mutex_);
  std::int64_t requests_ GUARDED_BY(mutex_) = 0;
  int now_ GUARDED_BY(mutex_) = 0;
  int most_ GUARDED_BY(mutex_) = 0;
  int clients_ GUARDED_BY(mutex_) = 0;
};

// Answers for scripts.
HttpResponse response(int status, std::string body, std::vector<HttpHeader> headers = {});
HttpResponse json_answer(std::string body);  // 200, application/json
// Blocks until the signal says stop, as a request to a server that never answers.
HttpResult hang_until_stop(const StopSignal& stop);

}  // namespace dogged
