// SPDX-License-Identifier: MIT
#include "cli/cli.h"

#include "base/error.h"
#include "base/log.h"
#include "base/out_of_memory.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/signals.h"
#include "table/importer.h"

#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <system_error>
#include <vector>

namespace dogged {
namespace {

constexpr std::size_t kLongest = 4000;  // characters of a message

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

// Memory holds the secrets of the requests, and a core dump would keep them: in a file, or with
// whoever collects crashes, where RLIMIT_CORE does not count. To look into a crash, start under a
// debugger.
void forgo_core_dumps() {
  (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);  // cannot fail for these values
}

// Heaps grow and shrink in steps that are worth a system call: answers are made by many threads and
// freed by another one, which had the heaps of all shrink and grow, and take a lock of the whole
// process for it (mprotect), for every eleventh answer. Peak RSS of 100,000 jobs: 54 MB, 66 before.
void take_memory_in_large_steps() {
  // Before there are threads. NOLINTBEGIN(concurrency-mt-unsafe)
  (void)mallopt(M_TOP_PAD, 512 << 10);
  (void)mallopt(M_TRIM_THRESHOLD, 2 << 20);
  // NOLINTEND(concurrency-mt-unsafe)
}

// Arguments and environment lie on it too. Below that it would be a matter of luck whether a
// command comes to its end; threads get a stack of the same size.
constexpr rlim_t kLeastStack = 128 << 10;

// 0: large enough, or not known.
rlim_t too_small_stack() {
  rlimit stack{};
  return getrlimit(RLIMIT_STACK, &stack) == 0 && stack.rlim_cur < kLeastStack ? stack.rlim_cur : 0;
}

// Not through the log, which may be what is wrong. `text` is safe to show.
void complain(const std::string& text) {
  const std::string line = "dogged: " + text + "\n";
  (void)std::fwrite(line.data(), 1, line.size(), stderr);  // there is nowhere left to say so
}

ExitStatus run_and_complain(int argc, char** argv) {
  ExitStatus status = ExitStatus::error;
  try {
    const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
    Output out(stdout);
    status = run_command(arguments, out);
  } catch (const OutputClosed&) {
    status = ExitStatus::output_closed;
  } catch (const Stopped& stopped) {
    complain(printable(stopped.what(), kLongest));
    status = stopped.status();
  } catch (const ImportRefused& error) {
    complain(printable_text(error.what()));
    status = status_of(error.fault());
  } catch (const Error& error) {
    complain(printable(error.what(), kLongest));
    status = status_of(error.fault());
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::system_error& error) {
    // Threads and the like.
    complain("the system does not give what is needed: " + printable(error.what()) +
             " (`ulimit -a` tells the limits). Nothing in the store is lost");
  } catch (const std::exception& error) {
    complain("internal error: " + printable(error.what()) + ". Nothing in the store is lost");
  }
  return status;
}

}  // namespace

int cli_main(int argc, char** argv) {
  forgo_core_dumps();
  if (const rlim_t bytes = too_small_stack(); bytes != 0) {
    complain("the stack may have " + std::to_string(bytes >> 10) + " KiB only; say `ulimit -s " +
             std::to_string(kLeastStack >> 10) + "` or more");
    return static_cast<int>(ExitStatus::error);
  }
  take_memory_in_large_steps();
  end_in_words_without_memory(static_cast<int>(ExitStatus::error));
  // A reader of our output that goes away is an error of write(), not our death.
  (void)std::signal(SIGPIPE, SIG_IGN);  // cannot fail for a valid signal
  (void)std::signal(SIGXFSZ, SIG_IGN);  // the same for a file that `ulimit -f` lets not grow
  try {
    return static_cast<int>(run_and_complain(argc, argv));
  } catch (const std::bad_alloc&) {
    end_out_of_memory();  // of the command, or of a complaint
  }
}

}  // namespace dogged
