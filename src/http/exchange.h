// SPDX-License-Identifier: MIT
#pragma once

#include "http/answer_reader.h"
#include "http/connection.h"
#include "http/http_client.h"
#include "http/time_budget.h"

#include <cstdint>
#include <string_view>

namespace dogged {

// A request as it goes over a connection (http/request_writer.h).
struct OutgoingRequest {
  std::string_view method;
  std::string_view bytes;
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
// What the network sends is bounded and taken apart here, and cpp-httplib sees none of it: the
// library crashes on a long status line (std::regex), decodes percent signs in headers, takes a
// broken chunk for the end of the body, does not know trailers, and hangs on 103 and 304.
class Exchanger {
 public:
  ExchangeEnd run(Connection& connection, const OutgoingRequest& request, const TimeBudget& budget);

 private:
  InputBuffer buffer_;
};

}  // namespace dogged
