// SPDX-License-Identifier: MIT
#include "cli/cli.h"

#include "base/error.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/signals.h"

#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <vector>

namespace dogged {
namespace {

ExitStatus status_of(Fault fault) {
  switch (fault) {
    case Fault::usage:
      return ExitStatus::usage;
    case Fault::store_unavailable:
      return ExitStatus::store;
    case Fault::failure:
      break;
  }
  return ExitStatus::error;
}

ExitStatus run_command(const std::vector<std::string>& arguments, Output& out) {
  CommandLine line;
  add_all_commands(line);
  CommandLine::Parsed parsed = line.parse(arguments);
  if (!parsed.run) {
    out.write(parsed.text);
    out.flush();
    return ExitStatus::done;
  }
  start_log(log_threshold(parsed.common), parsed.common.log_file.empty()
                                              ? std::optional<std::filesystem::path>()
                                              : parsed.common.log_file);
  const SystemClock clock;
  CommandContext context{parsed.common, out, arguments, clock};
  const ExitStatus status = parsed.run(context);
  out.flush();
  return status;
}

// Not through the log, which may be what is wrong.
void complain(const std::string& message) {
  const std::string line = "dogged: " + message + "\n";
  (void)std::fwrite(line.data(), 1, line.size(), stderr);  // there is nowhere left to say so
}

}  // namespace

int cli_main(int argc, char** argv) {
  // A reader of our output that goes away is an error of write(), not our death.
  (void)std::signal(SIGPIPE, SIG_IGN);  // cannot fail for a valid signal
  ExitStatus status = ExitStatus::error;
  try {
    const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
    Output out(stdout);
    status = run_command(arguments, out);
  } catch (const OutputClosed&) {
    status = ExitStatus::error;
  } catch (const Stopped& stopped) {
    complain(stopped.what());
    status = stopped.status();
  } catch (const Error& error) {
    complain(error.what());
    status = status_of(error.fault());
  } catch (const std::bad_alloc&) {
    complain("out of memory");
  } catch (const std::exception& error) {
    complain(std::string("internal error: ") + error.what() + ". Nothing in the store is lost");
  }
  return static_cast<int>(status);
}

}  // namespace dogged
