// SPDX-License-Identifier: MIT
#include "cli/run_options.h"

#include "base/text.h"
#include "base/units.h"
#include "cli/cap_option.h"
#include "cli/share.h"
#include "cli/store_pace.h"

#include <fmt/format.h>

#include <charconv>

namespace dogged {
namespace {

constexpr std::int64_t kMostAttempts = 1'000'000;
// Often enough to see what the controller does (scripts/plot_pace).
constexpr Millis kJsonProgressEvery{200};

void add_leave_options(CommandOptions& add, RunFlags& flags) {
  add.parsed(
      "--leave",
      [&flags](std::string_view text) {
        const Result<double> share = parse_share(text);
        if (!share) {
          return share.error();
        }
        flags.leave = share.value();
        return std::string();
      },
      {"SHARE",
       "Stay that far, like 50%, below what the server announces or was found to take, for limits "
       "shared with others (the source's, else 0)"});
  add.flag("--now", flags.now, "Try once before a wait that the server asked for is over");
}

}  // namespace

std::string parse_max_errors(std::string_view text, std::int64_t& count, double& share) {
  const bool percent = !text.empty() && text.back() == '%';
  const std::string_view digits = percent ? text.substr(0, text.size() - 1) : text;
  const char* const end = digits.data() + digits.size();
  if (percent) {
    double value = 0;
    const auto [at, error] = std::from_chars(digits.data(), end, value);
    if (error != std::errc() || at != end || !(value > 0 && value <= 100)) {
      return "not a share from above 0% to 100%";
    }
    share = value / 100;
    count = 0;
    return "";
  }
  std::int64_t value = 0;
  const auto [at, error] = std::from_chars(digits.data(), end, value);
  if (error != std::errc() || at != end || value < 1) {
    return "not a number from 1, or a share like 5%";
  }
  count = value;
  share = 0;
  return "";
}

void add_cap_options(CommandOptions& add, RunFlags& flags) {
  add.number("-j,--max-concurrency", flags.max_concurrency, {1, kMostAtOnce},
             {"N", "Requests in flight at most (the source's, else 64)"});
  add_cap(add, "--rate", parse_rate, flags.rate,
          {"N/s|min|h|day|none",
           "Requests started at most in any such span; 5 alone is 5/s (the source's, else none)"});
  add_cap(add, "--quota", parse_quota, flags.quota,
          {"N/day[@HH:MM ZONE]|none",
           "Requests at most in each day that begins at that time, or N/h, N/min; counted in the "
           "store, over restarts (the source's, else none)"});
}

void add_run_options(CommandOptions& add, RunFlags& flags) {
  add.group("How the run goes");
  add_cap_options(add, flags);
  add_leave_options(add, flags);
  add.number("--max-attempts", flags.max_attempts, {0, kMostAttempts},
             {"N",
              "Requests for one ID before it is failed; refusals of a busy server do not count; 0: "
              "no limit (8)"});
  add.duration("--give-up-after", flags.give_up_after,
               {"DURATION", "Fail an ID that long after its first request (off)"});
  add.number("--limit", flags.limit, 1,
             {"N", "Stop, with status 4, after N IDs are settled (off)"});
  add.duration("--max-time", flags.max_time,
               {"DURATION", "Stop, with status 4, after that time (off)"});
  add.duration(
      "--max-wait", flags.max_wait,
      {"DURATION",
       "Leave with status 4 rather than wait longer for the next ID; the pace of a --rate, "
       "however slow, is no wait (off)"});
  add.parsed(
      "--max-errors",
      [&flags](std::string_view text) {
        return parse_max_errors(text, flags.max_errors, flags.max_errors_share);
      },
      {"N|N%", "Stop, with status 5, after so many failed IDs, or such a share of them (off)"});
  add.flag("--follow", flags.follow, "At the end wait for new work, until told to stop");
  add.flag("--trust-answers", flags.trust_answers,
           "Do not stop when many answers in a row look like a fault that concerns all");
  add.parsed("--progress",
             [&flags](std::string_view text) {
               if (text == "auto") {
                 flags.progress = ProgressMode::automatic;
               } else if (text == "plain") {
                 flags.progress = ProgressMode::plain;
               } else if (text == "json") {
                 flags.progress = ProgressMode::json;
               } else if (text == "none") {
                 flags.progress = ProgressMode::none;
               } else {
                 return std::string("must be auto, plain, json or none");
               }
               return std::string();
             },
             {"MODE",
              "On stderr: auto (a live line on a terminal, else plain), plain (a line a minute), "
              "json (five lines a second; `scripts/plot_pace` draws them), none (auto)"});
}

std::optional<std::string> rate_warning(const RunFlags& flags, const ResolvedSource& resolved) {
  const std::optional<Rate>& cap = resolved.source.limits.rate;
  if (!flags.rate || !cap || (*flags.rate && (*flags.rate)->per_second() <= cap->per_second())) {
    return std::nullopt;
  }
  const std::string& name = resolved.source.name;
  return fmt::format("--rate {} is above what the source{} allows, {}: --rate counts",
                     *flags.rate ? format_rate(**flags.rate) : "none",
                     name.empty() ? "" : fmt::format(" '{}'", printable(name, 80)),
                     format_rate(*cap));
}

RunOptions make_run_options(const RunFlags& flags, const ResolvedSource& resolved) {
  const Caps source = caps_of(resolved.source.limits);
  RunOptions options;
  options.max_concurrency_is_cap = flags.max_concurrency || source.max_concurrency;
  if (flags.max_concurrency) {
    options.max_concurrency = static_cast<int>(*flags.max_concurrency);
  } else if (source.max_concurrency) {
    options.max_concurrency = *source.max_concurrency;
  }
  options.rate = flags.rate.value_or(source.rate);
  options.quota = flags.quota.value_or(source.quota);
  options.leave = flags.leave.value_or(resolved.source.limits.leave.value_or(0));
  options.probe_now = flags.now;
  if (flags.max_attempts) {
    options.retry.max_attempts = static_cast<int>(*flags.max_attempts);
  }
  options.retry.give_up_after = flags.give_up_after;
  options.limit = flags.limit;
  options.max_time = flags.max_time;
  options.max_wait = flags.max_wait;
  options.max_errors = flags.max_errors;
  options.max_errors_share = flags.max_errors_share;
  options.follow = flags.follow;
  options.trust_answers = flags.trust_answers;
  options.user_agent = resolved.user_agent;
  if (flags.progress == ProgressMode::json) {
    options.progress_every = kJsonProgressEvery;
  }
  return options;
}

std::string typed_bounds(const RunFlags& flags) {
  std::string text;
  const auto add = [&text](std::string_view name, const std::string& value) {
    text += fmt::format("{}{} {}", text.empty() ? "" : " ", name, shell_word(value));
  };
  if (flags.max_concurrency) {
    add("-j", std::to_string(*flags.max_concurrency));
  }
  if (flags.rate) {
    add("--rate", *flags.rate ? exact_rate(**flags.rate) : "none");
  }
  if (flags.quota) {
    add("--quota", *flags.quota ? format_quota(**flags.quota) : "none");
  }
  if (flags.leave) {
    add("--leave", fmt::format("{:g}", *flags.leave));
  }
  if (flags.limit > 0) {
    add("--limit", std::to_string(flags.limit));
  }
  if (flags.max_time) {
    const std::int64_t ms = flags.max_time->count();
    add("--max-time", ms % 1000 == 0 ? fmt::format("{}s", ms / 1000) : fmt::format("{}ms", ms));
  }
  return text;
}

Caps caps_of(const RunOptions& options) {
  Caps caps{std::nullopt, options.rate, options.quota};
  if (options.max_concurrency_is_cap) {
    caps.max_concurrency = options.max_concurrency;
  }
  return caps;
}

}  // namespace dogged
