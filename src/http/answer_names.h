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
// what they do not have. Such bodies are remembered, and looks in vain are bounded; those that
// catch another's answer are not.
// Rejected: a new connection for each request, which is safe and takes twice the time and more.
// Shared by all clients of a factory; any thread.
class AnswerNames {
 public:
  // A success that surely is the answer to the request: the first one over its connection.
  void learn(std::string_view subject, const HttpResponse& answer) EXCLUDES(mutex_);
  // Whether an answer over a used connection is to be looked at more closely.
  bool is_odd(std::string_view subject, const HttpResponse& answer) EXCLUDES(mutex_);

  // What came of the look, where it did not catch another's answer.
  // Nothing came behind it: it surely is the answer.
  void looked_in_vain(const HttpResponse& answer) EXCLUDES(mutex_);
  // It could not be told. The subject is asked for once more, and the answer to that, which learn()
  // is told of, says whether it was in vain.
  void left_open(std::string_view subject) EXCLUDES(mutex_);

 private:
  enum class Naming { yes, no, unknown };
  // Unknown where the subject could stand in any text, or the answer is no success or very long.
  Naming naming(std::string_view subject, const HttpResponse& answer);
  void remember(const HttpResponse& answer) REQUIRES(mutex_);

  std::atomic<std::int64_t> named_{0};
  std::atomic<std::int64_t> searched_{0};  // in vain, before one was named
  Mutex mutex_;
  std::unordered_set<std::size_t> unnamed_ GUARDED_BY(mutex_);    // hashes of bodies
  std::unordered_multiset<std::size_t> open_ GUARDED_BY(mutex_);  // hashes of subjects
  std::int64_t in_vain_ GUARDED_BY(mutex_) = 0;
};

}  // namespace dogged
