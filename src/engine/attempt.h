// SPDX-License-Identifier: MIT
#pragma once

#include "base/clock.h"
#include "engine/classify.h"
#include "http/http_client.h"
#include "pace/pacer.h"
#include "store/job_store.h"

#include <optional>
#include <string>
#include <type_traits>

namespace dogged {

class RequestBuilder;

// A request that may start now.
struct FetchOrder {
  LeasedJob job;
  Pacer::StartId start = 0;
  bool resend = false;  // it was sent before over a connection that turned out to be closed
  std::optional<HttpRequest> request;  // where a redirect led; else it is made of the job
};

// A request that has ended, judged.
struct EndedAttempt {
  LeasedJob job;
  Pacer::StartId start = 0;
  WallTime started_at{};
  Millis duration{0};
  bool sent = false;  // false: nothing was: no request could be made of it, or means were lacking
  // Nothing is known of the request (HttpFailure::stale): it is to be sent once more, and proves
  // nothing about job or server. The second time it is trouble as any other.
  bool stale = false;
  // What is to be asked next: where a redirect leads, or, where such a request was stale, itself.
  // The attempt is not over, and each of its requests is started by the pacer.
  std::optional<HttpRequest> next;
  bool goes_on() const { return stale || next; }
  Verdict verdict;
  int http_status = 0;           // 0: no answer
  std::optional<Answer> answer;  // with done and not_found
  std::string crash;             // what broke the worker thread; empty: nothing
};

static_assert(std::is_nothrow_move_constructible_v<EndedAttempt>, "none is lost on its way");

// What an attempt is made with. All outlive it; all but the client are shared by the threads.
struct AttemptTools {
  HttpClient& http;
  const RequestBuilder& builder;
  const Classifier& classifier;
  const Clock& clock;
};

// Makes the request, checks what came and judges it. Blocks as long as HttpClient::fetch does. Any
// thread, one client each. Takes the job out of `order`, but not where it throws: nothing was sent
// then. Where memory runs out later the attempt counts: the server has answered it, or may have.
EndedAttempt make_attempt(FetchOrder& order, const AttemptTools& tools);

// Fills in what came of the order's request, judged. The order's job may be gone already.
void judge(EndedAttempt& ended, const FetchOrder& order, HttpResult&& result,
           const Classifier& classifier, WallTime now);

// The ending of an order for which this machine lacked something (Verdict::shortage): it is still
// to be made.
EndedAttempt unmade_attempt(FetchOrder&& order, std::string lacking, WallTime now);

// The ending of an order that never came to a request because its thread broke. Leaves the order as
// it is where it throws.
EndedAttempt crashed_attempt(FetchOrder&& order, const std::string& why, WallTime now);

}  // namespace dogged
