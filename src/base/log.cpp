// SPDX-License-Identifier: MIT
#include "base/log.h"

#include "base/error.h"
#include "base/system_error.h"
#include "base/text.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <string>

namespace dogged {

namespace {

constexpr std::size_t kLongestLine = 4000;

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::shared_ptr<spdlog::logger> stderr_logger(LogLevel threshold) {
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  sink->set_pattern("%v");
  sink->set_level(level_of(threshold));
  auto logger = std::make_shared<spdlog::logger>("dogged", std::move(sink));
  logger->set_level(spdlog::level::debug);
  return logger;
}

// Before spdlog does, which tries for long and tells less.
void require_writable(const std::filesystem::path& file) {
  std::FILE* const opened = std::fopen(file.c_str(), "ab");
  if (opened == nullptr) {
    const int error = errno;
    const bool disk = fault_of(error) == Fault::store_unavailable;
    throw Error(
        disk ? Fault::store_unavailable : Fault::usage,
        "cannot open the log file " + printable(file.string()) + ": " + reason_and_remedy(error));
  }
  (void)std::fclose(opened);  // nothing was written
}

// What the file does not take is said on stderr, once: the work goes on without it.
void tell_of_lost_lines(spdlog::logger& logger) {
  const auto told = std::make_shared<std::atomic_flag>();  // a handler must be copyable
  logger.set_error_handler([told](const std::string& why) {
    if (!told->test_and_set()) {
      const std::string line =
          "warning: from here on lines are missing in the log file: " + printable(why) +
          "; free some space or name another file\n";
      (void)std::fwrite(line.data(), 1, line.size(), stderr);  // there is nowhere left to say so
    }
  });
}

void write(LogLevel level, std::string_view prefix, std::string_view message) {
  spdlog::default_logger_raw()->log(level_of(level), "{}{}", prefix,
                                    printable(message, kLongestLine));
}

}  // namespace

void start_log(LogLevel threshold, const std::optional<std::filesystem::path>& file) {
  auto logger = stderr_logger(threshold);
  if (file) {
    require_writable(*file);
    try {
      auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file->string());
      sink->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
      sink->set_level(spdlog::level::debug);
      logger->sinks().push_back(std::move(sink));
      logger->flush_on(spdlog::level::info);
      tell_of_lost_lines(*logger);
    } catch (const spdlog::spdlog_ex& error) {
      throw Error(Fault::usage, std::string("cannot open the log file: ") + error.what());
    }
  }
  spdlog::set_default_logger(std::move(logger));
}

void log_debug(std::string_view message) {
  write(LogLevel::debug, "", message);
}
void log_info(std::string_view message) {
  write(LogLevel::info, "", message);
}
void log_warning(std::string_view message) {
  write(LogLevel::warning, "warning: ", message);
}
void log_error(std::string_view message) {
  write(LogLevel::error, "error: ", message);
}

}  // namespace dogged
