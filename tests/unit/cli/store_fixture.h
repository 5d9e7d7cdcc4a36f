// SPDX-License-Identifier: MIT
#pragma once

#include "base/log.h"
#include "cli/command.h"
#include "store/open_store.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/temporary_directory.h"
#include "tests/unit/cli/captured_output.h"

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dogged {

// A store of its own in a file, and commands run on it.
class StoreFixture {
 public:
  struct Ended {
    ExitStatus status;
    std::string out;
  };

  StoreFixture() {
    start_log(LogLevel::error, std::nullopt);
    common_.db = (directory_.path() / "dogged.db").string();
  }

  CommonOptions& common() { return common_; }
  FakeClock& clock() { return clock_; }
  std::string path(const std::string& name) const { return (directory_.path() / name).string(); }
  std::unique_ptr<JobStore> store() const { return open_store(common_.db, IfAbsent::create); }

  template <typename Options>
  Ended run(ExitStatus (*command)(const Options&, CommandContext&), const Options& options = {}) {
    CapturedOutput captured;
    const std::vector<std::string> arguments;
    CommandContext context{common_, captured.out(), arguments, clock_};
    const ExitStatus status = command(options, context);
    return {status, captured.text()};
  }

  // Rows 1, 2, ... as the batch `name`; each with a column of its own.
  void import(const std::string& name, std::initializer_list<std::string_view> keys) {
    const auto into = store();
    BatchSpec spec;
    spec.name = spec.file = name;
    spec.header = {"id", "note"};
    spec.id_column = "id";
    spec.now = clock_.wall();
    const auto session = into->begin_import(spec);
    std::int64_t row = 0;
    for (const std::string_view key : keys) {
      ImportRow input;
      input.row = ++row;
      input.line = row + 1;
      input.key = key;
      input.columns =
          R"({"id":")" + std::string(key) + R"(","note":"n)" + std::to_string(row) + "\"}";
      session->add(input);
    }
    (void)session->commit("sha of " + name);  // what it says is another test's
  }

  // Settles the next ready jobs, in import order, each as told: the state and the body or error.
  void settle(std::initializer_list<std::pair<JobState, std::string>> endings) {
    const auto into = store();
    const WorkerId worker = into->start_worker(clock_.wall());
    const LeaseRequest request{static_cast<int>(endings.size()), true};
    const auto leased = into->exchange(worker, {}, request, clock_.wall()).leased;
    std::vector<Settlement> settlements;
    std::size_t i = 0;
    for (const auto& [state, text] : endings) {
      settlements.push_back(settlement(leased.at(i++), state, text));
    }
    into->exchange(worker, settlements, {}, clock_.wall());
    into->end_worker(worker, "finished", clock_.wall());
  }

 private:
  Settlement settlement(const LeasedJob& job, JobState state, const std::string& text) const {
    Settlement s;
    s.job = job.id;
    s.epoch = job.epoch;
    s.to = state;
    s.attempts_added = 1;
    s.at = clock_.wall();
    s.http_status = state == JobState::failed ? 400 : state == JobState::done ? 200 : 404;
    if (state == JobState::failed) {
      s.error = text;
      AttemptRecord attempt;
      attempt.started_at = clock_.wall();
      attempt.outcome = Outcome::failed;
      attempt.http_status = 400;
      attempt.error = text;
      s.attempt = attempt;
    } else {
      s.answer = Answer{s.http_status, "application/json", "", "", clock_.wall(), text};
    }
    return s;
  }

  TemporaryDirectory directory_;
  FakeClock clock_;
  CommonOptions common_;
};

}  // namespace dogged
