// SPDX-License-Identifier: MIT
#include "engine/systemic_guard.h"

#include "engine/settle.h"

#include <functional>
#include <string_view>
#include <utility>

namespace dogged {
namespace {

constexpr const char* kNothingLost = "; nothing was lost, run again to resume";

bool is_answer(const Settlement& classified) {
  return classified.to == JobState::done || classified.to == JobState::not_found;
}

// Equal answers have equal ones.
std::size_t fingerprint_of(const Settlement& classified) {
  return classified.answer ? std::hash<std::string_view>{}(classified.answer->body) : 0;
}

}  // namespace

void SystemicGuard::take(EndedAttempt&& ended, Settlement&& classified,
                         std::vector<Settlement>& settle) {
  if (off_ || ended.verdict.outcome == Outcome::interrupted || !ended.sent) {
    settle.push_back(std::move(classified));
    return;
  }
  if (fault_) {
    take_after_fault(ended, std::move(classified), settle);
    return;
  }
  if (ended.verdict.suspicion == Suspicion::certificate) {
    latest_error_ = ended.verdict.error;
    settle.push_back(given_back(ended.job));
    decide(
        latest_error_ + "; check the host in the URL, or name its CA with --cacert" + kNothingLost,
        settle);
    return;
  }
  answered_ = true;
  Sign sign = sign_of(ended);
  if (sign.neutral) {
    settle.push_back(std::move(classified));
    return;
  }
  if (kind_ == Row::denied && sign.row != kind_ && row_began_after_ &&
      ended.start <= *row_began_after_) {
    store_has_done_ = store_has_done_ || classified.to == JobState::done;
    settle.push_back(std::move(classified));
    return;
  }
  if (sign.row != kind_ ||
      (kind_ == Row::identical && fingerprint_of(classified) != fingerprint_)) {
    settle_held(settle);
    sign = sign_of(ended);  // what settled may have ended the beginning
  }
  if (sign.row == Row::none) {
    settle.push_back(std::move(classified));
    return;
  }
  kind_ = sign.row;
  hold(std::move(ended), std::move(classified));
  if (is_systemic(kSystemicRow)) {
    decide(row_message(row_.size()), settle);
  }
}

void SystemicGuard::hold(EndedAttempt&& ended, Settlement&& classified) {
  if (row_.empty()) {
    row_began_after_ = latest_start_;
    row_began_at_ = latest_start_at_;
    lasts_from_.reset();
    lasts_ = false;
  }
  lasts_ = lasts_ || (lasts_from_ && ended.start >= *lasts_from_);
  unreadable_ += ended.verdict.suspicion == Suspicion::unreadable ? 1 : 0;
  fingerprint_ = kind_ == Row::identical ? fingerprint_of(classified) : 0;
  latest_ = ended.verdict.suspicion;
  latest_error_ = ended.verdict.error;
  row_.push_back({std::move(ended.job), std::move(classified)});
}

// What cannot be read may be a moment's; all else of a row is said by a server that works.
bool SystemicGuard::is_systemic(std::size_t length) const {
  const bool counts = !store_has_done_ || lasts_;
  return row_.size() - (counts ? 0 : unreadable_) >= length;
}

void SystemicGuard::on_trouble(const EndedAttempt& ended) {
  if (off_) {
    return;
  }
  if (ended.verdict.suspicion == Suspicion::no_answer) {
    latest_trouble_ = ended.verdict.error;
  } else {
    answered_ = true;
  }
}

void SystemicGuard::on_start(Pacer::StartId start, SteadyTime now) {
  latest_start_ = start;
  latest_start_at_ = now;
  if (!lasts_from_ && now >= row_began_at_ + kUnreadableFor) {
    lasts_from_ = start;  // of no meaning while nothing is held
  }
  if (!first_start_) {
    first_start_ = now;
  }
}

void SystemicGuard::on_store_has_done(std::vector<Settlement>& settle) {
  store_has_done_ = true;
  if (kind_ != Row::none && kind_ != Row::denied) {
    settle_held(settle);
  }
}

void SystemicGuard::on_time(SteadyTime now, std::vector<Settlement>& settle) {
  if (const auto at = deadline(); at && now >= *at) {
    decide("no answer at all came within " + std::to_string(kNoAnswerFor.count()) +
               " s, the last request ended so: " + latest_trouble_ +
               "; check the URL, the network and the proxy" + kNothingLost,
           settle);
  }
}

// Only connection trouble that has come is a sign: a server may need minutes for its first answer.
std::optional<SteadyTime> SystemicGuard::deadline() const {
  const bool beginning = !store_has_done_ && !answered_;
  if (fault_ || !beginning || latest_trouble_.empty() || !first_start_) {
    return std::nullopt;
  }
  return *first_start_ + kNoAnswerFor;
}

void SystemicGuard::decide_stranded(bool all_there_is, std::vector<Settlement>& settle) {
  const bool likely = kind_ == Row::denied && is_systemic(kSystemicRow / 2);
  const bool only = all_there_is && (kind_ == Row::denied || kind_ == Row::early_error);
  if (likely || only) {
    std::string message = row_message(row_.size());
    if (message.find("--trust-answers") == std::string::npos) {
      message += "; if that is right for these jobs, say --trust-answers";
    }
    decide(std::move(message), settle);
  } else {
    settle_held(settle);
  }
}

void SystemicGuard::settle_held(std::vector<Settlement>& settle) {
  store_has_done_ = store_has_done_ || (kind_ == Row::identical && !row_.empty());
  for (Member& member : row_) {
    settle.push_back(std::move(member.classified));
  }
  row_.clear();
  unreadable_ = 0;
  kind_ = Row::none;
}

void SystemicGuard::release_held(std::vector<Settlement>& settle) {
  for (Member& member : row_) {
    settle.push_back(is_answer(member.classified) ? std::move(member.classified)
                                                  : given_back(member.job));
  }
  row_.clear();
  unreadable_ = 0;
  kind_ = Row::none;
}

SystemicGuard::Sign SystemicGuard::sign_of(const EndedAttempt& ended) const {
  const Verdict& v = ended.verdict;
  switch (v.suspicion) {
    case Suspicion::no_json:
    case Suspicion::broken_json:
    case Suspicion::unreadable:
      if (store_has_done_ && ended.job.attempts > 0) {
        return {Row::none, true};
      }
      return {Row::denied, false};
    case Suspicion::access_denied:
      return {Row::denied, false};
    case Suspicion::client_error:
    case Suspicion::elsewhere:
    case Suspicion::not_found:
      return {store_has_done_ ? Row::none : Row::early_error, false};
    case Suspicion::no_answer:
    case Suspicion::certificate:
    case Suspicion::none:
      break;
  }
  if (v.outcome == Outcome::done) {
    return {store_has_done_ ? Row::none : Row::identical, false};
  }
  const bool server_trouble = v.outcome == Outcome::refused || v.outcome == Outcome::retry;
  return {Row::none, server_trouble};
}

// Proper answers count, whatever the run ends for; all else goes back.
void SystemicGuard::take_after_fault(const EndedAttempt& ended, Settlement&& classified,
                                     std::vector<Settlement>& settle) {
  const Sign sign = sign_of(ended);
  const bool of_the_row = sign.row != Row::none && sign.row == kind_ &&
                          (kind_ != Row::identical || fingerprint_of(classified) == fingerprint_);
  if (is_answer(classified) && !of_the_row) {
    settle.push_back(std::move(classified));
  } else {
    settle.push_back(given_back(ended.job));
  }
}

// kind_ and fingerprint_ stay as they are: take_after_fault compares with them.
void SystemicGuard::decide(std::string message, std::vector<Settlement>& settle) {
  fault_ = std::move(message);
  for (const Member& member : row_) {
    settle.push_back(given_back(member.job));
  }
  row_.clear();
  unreadable_ = 0;
}

std::string SystemicGuard::row_message(std::size_t length) const {
  const std::string count = std::to_string(length);
  switch (kind_) {
    case Row::denied:
      return denied_message(count) + kNothingLost;
    case Row::early_error:
      if (latest_ == Suspicion::elsewhere) {
        return "the first " + count + " jobs in a row were sent elsewhere (" + latest_error_ +
               "); give the URL that is meant, or say --redirect-other-origin to follow to another "
               "host" +
               kNothingLost;
      }
      return "the server answered " + latest_error_ + " to the first " + count +
             " jobs in a row and none is answered yet; check the URL and the IDs with `dogged "
             "try`, or say --trust-answers if that is right" +
             kNothingLost;
    case Row::identical:
      return "the first " + count +
             " answers are the same, byte for byte; check that the URL holds the ID, with `dogged "
             "try`, or say --trust-answers if that is right" +
             kNothingLost;
    case Row::none:
      break;  // nothing to decide
  }
  return kNothingLost;
}

std::string SystemicGuard::denied_message(const std::string& count) const {
  const std::string so_many =
      "the server answered " + count + " jobs in a row with something that ";
  switch (latest_) {
    case Suspicion::no_json:
      return so_many + "is no JSON (" + latest_error_ +
             "); it may be a login or an error page: check the URL and the key, or say "
             "--trust-answers if these jobs are at fault";
    case Suspicion::broken_json:
      return so_many + "begins like JSON and is none (" + latest_error_ +
             "); see one with `dogged try`: the server, or what stands between, cuts or spoils it";
    case Suspicion::unreadable:
      return so_many + "cannot be used (" + latest_error_ +
             "); check the URL and its port, and --max-body where the answers are that large";
    default:
      return "the server answered " + latest_error_ + " to " + count +
             " jobs in a row; the key is wrong, missing or has expired: check -H or [auth]";
  }
}

}  // namespace dogged
