// SPDX-License-Identifier: MIT
#pragma once

#include "http/answer_reader.h"
#include "http/connection.h"
#include "http/http_client.h"
#include "http/time_budget.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dogged {

// A request as it goes over a connection: checked, with all its headers but those of the framing.
struct OutgoingRequest {
  std::string_view method;
  std::string target;  // path and query, or the whole URL for a proxy
  std::vector<HttpHeader> headers;
  std::string_view body;
  std::int64_t max_body_bytes = 0;
};

struct ExchangeEnd {
  HttpResult result;
  bool answer_began = false;  // at least one byte of it came
  bool reusable = false;      // the connection may carry another request
  bool no_answer = false;     // what came cannot be the beginning of one
  bool surplus = false;       // more came than the answer
};

// Sends requests over connections and reads the answers, one at a time; one a client, as it holds
// the buffer that the bytes come into (16 KB, touched as far as answers reach).
//
// cpp-httplib writes the request and drives the answer (ClientImpl::process_request) over a Stream
// of ours, which stands between it and the network. What the network sends is bounded and taken
// apart here: the library crashes on a long status line (std::regex), decodes percent signs in
// headers, takes a broken chunk for the end of the body, does not know trailers, and hangs on 103
// and 304. It is handed a head of two lines, which says the status and the length, and the bare
// body behind. ClientImpl::send is not used: it would poll the socket once a request more and copy
// the request.
class Exchanger {
 public:
  Exchanger();
  ~Exchanger();
  Exchanger(const Exchanger&) = delete;
  Exchanger& operator=(const Exchanger&) = delete;

  ExchangeEnd run(Connection& connection, const OutgoingRequest& request, const TimeBudget& budget);

 private:
  class Library;
  const std::unique_ptr<Library> library_;
  InputBuffer buffer_;
};

}  // namespace dogged
