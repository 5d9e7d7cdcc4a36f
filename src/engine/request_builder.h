// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.h"
#include "http/http_client.h"
#include "job/job_values.h"
#include "job/source.h"

#include <memory>
#include <string>

namespace dogged {

// Makes the requests of a source: URL, headers with their secrets, body. `try` shows what it makes;
// workers send it. Immutable after make (secrets are read once); any thread.
class RequestBuilder {
 public:
  // Fails on a template that does not parse or a secret that cannot be resolved.
  static Result<std::unique_ptr<RequestBuilder>> make(const Source& source,
                                                      const std::string& user_agent);
  virtual ~RequestBuilder() = default;
  // Fails where the job's values cannot make a correct URL; asking again would not help.
  virtual Result<HttpRequest> build(const JobValues& values) const = 0;
  // Whether build needs the input's columns, not just the key.
  virtual bool needs_columns() const = 0;
  // The request as people may see it: one line for the method and URL, one a header, secrets as
  // ***.
  virtual std::string describe(const HttpRequest& request) const = 0;
};

}  // namespace dogged
