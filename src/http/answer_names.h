// SPDX-License-Identifier: MIT
#pragma once

#include "base/sync.h"
#include "http/http_client.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_set>

namespace dogged {

// Tells answers that may be those to another request, in the only way that HTTP/1.1 leaves: most
// APIs name in the answer what was asked for. Where this one does, an answer over a used connection
// that does not is odd: an earlier answer may have come twice, and from there on each would be
// taken for the next one's. Odd ones are looked at more closely, not dropped: many APIs do not name
// what they do not have. Such bodies are remembered, and what looking at them costs is bounded.
// Rejected: a new connection for each request, which is safe and takes twice the time and more.
// Shared by all clients of a factory; any thread.
class AnswerNames {
 public:
  // A success that surely is the answer to the request: the first one over its connection, or one
  // behind which nothing more came.
  void learn(std::string_view subject, const HttpResponse& answer) EXCLUDES(mutex_);
  // Whether an answer over a used connection is to be looked at more closely.
  bool is_odd(std::string_view subject, const HttpResponse& answer) EXCLUDES(mutex_);

 private:
  // No opinion where the subject could stand in any text, or the answer is no success or very long.
  static bool tells(std::string_view subject, const HttpResponse& answer);

  std::atomic<std::int64_t> named_{0};
  Mutex mutex_;
  std::unordered_set<std::size_t> unnamed_ GUARDED_BY(mutex_);  // hashes of bodies
  std::int64_t unnamed_count_ GUARDED_BY(mutex_) = 0;           // different ones
  std::int64_t looked_at_ GUARDED_BY(mutex_) = 0;
};

}  // namespace dogged
