// SPDX-License-Identifier: MIT
#include "tests/fakes/scripted_http.h"

#include <poll.h>

#include <algorithm>
#include <utility>

namespace dogged {

class ScriptedHttp::Client final : public HttpClient {
 public:
  explicit Client(ScriptedHttp& all) : all_(all) {}
  HttpResult fetch(const HttpRequest& request) override { return all_.answer(request); }

 private:
  ScriptedHttp& all_;
};

ScriptedHttp::ScriptedHttp(Script script) : script_(std::move(script)) {}
ScriptedHttp::~ScriptedHttp() = default;

std::unique_ptr<HttpClient> ScriptedHttp::make() {
  MutexLock lock(mutex_);
  ++clients_;
  return std::make_unique<Client>(*this);
}

std::int64_t ScriptedHttp::requests() const {
  MutexLock lock(mutex_);
  return requests_;
}

int ScriptedHttp::most_at_once() const {
  MutexLock lock(mutex_);
  return most_;
}

int ScriptedHttp::clients() const {
  MutexLock lock(mutex_);
  return clients_;
}

std::map<std::string, int> ScriptedHttp::asked() const {
  MutexLock lock(mutex_);
  return asked_;
}

void ScriptedHttp::wait_for_requests(std::int64_t count) const {
  MutexLock lock(mutex_);
  while (requests_ < count) {
    came_.wait(mutex_);
  }
}

HttpResult ScriptedHttp::answer(const HttpRequest& request) {
  int nth = 0;
  {
    MutexLock lock(mutex_);
    nth = ++asked_[request.url];
    ++requests_;
    most_ = std::max(most_, ++now_);
    came_.notify_all();
  }
  struct Leave {
    ScriptedHttp& all;
    ~Leave() {
      MutexLock lock(all.mutex_);
      --all.now_;
    }
  } leave{*this};
  return script_(request, nth);
}

HttpResponse response(int status, std::string body, std::vector<HttpHeader> headers) {
  HttpResponse r;
  r.status = status;
  r.body = std::move(body);
  r.headers = std::move(headers);
  return r;
}

HttpResponse json_answer(std::string body) {
  return response(200, std::move(body), {{"Content-Type", "application/json"}});
}

HttpResult hang_until_stop(const StopSignal& stop) {
  pollfd fd{stop.stop_fd(), POLLIN, 0};
  while (poll(&fd, 1, -1) < 0) {
    // EINTR
  }
  return HttpFailure{HttpFailure::Kind::interrupted, "the run was told to stop"};
}

}  // namespace dogged
