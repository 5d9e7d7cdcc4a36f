// SPDX-License-Identifier: MIT
#include "tests/standin_api/options.h"

#include <CLI/CLI.hpp>

#include <map>

namespace standin {
namespace {

// "50", "50/s" or "300/min", as requests a second.
double per_second(const std::string& text) {
  std::size_t end = 0;
  double count = 0;
  try {
    count = std::stod(text, &end);
  } catch (const std::exception&) {
    throw CLI::ValidationError("--rate", "not a rate: " + text);
  }
  const std::string unit = text.substr(end);
  if (count <= 0 || (!unit.empty() && unit != "/s" && unit != "/min")) {
    throw CLI::ValidationError("--rate", "not a rate such as 50/s or 300/min: " + text);
  }
  return unit == "/min" ? count / 60 : count;
}

void add_share(CLI::App& app, const std::string& name, double& share, const std::string& help) {
  app.add_option(name, share, help)->check(CLI::Range(0.0, 1.0))->type_name("0..1");
}

}  // namespace

std::optional<Options> parse_options(int argc, char** argv, int& exit_code) {
  static const std::map<std::string, Mode> kModes = {
      {"normal", Mode::normal},         {"unauthorized", Mode::unauthorized},
      {"wrong-path", Mode::wrong_path}, {"login-page", Mode::login_page},
      {"same-body", Mode::same_body},   {"key-expires", Mode::key_expires}};
  Options options;
  std::string rate;
  int delay_ms = 0;
  int slow_ms = static_cast<int>(options.slow_delay.count());
  CLI::App app{
      "Stand-in for the company register's API: generated records, with the refusals and faults "
      "of\n"
      "the real one. Serves /companies/ID, /opendata-ytj-api/v3/companies?businessId=ID, "
      "/bis/v1/ID\n"
      "and /health on 127.0.0.1 until SIGTERM."};
  app.add_option("--port", options.port, "port (0: one that is free; printed)");
  app.add_option("--at-once", options.at_once, "requests at once; more get 503 (0: no limit)");
  app.add_option("--rate", rate, "requests a second; more get 429: 50/s, 300/min");
  app.add_option("--burst", options.burst, "with --rate: this many at once after a pause (10)");
  app.add_option("--retry-after", options.retry_after_s, "seconds, sent with 429");
  app.add_option("--delay", delay_ms, "ms that every answer takes");
  add_share(app, "--slow-share", options.slow_share, "IDs whose answer takes --slow-ms more");
  app.add_option("--slow-ms", slow_ms, "ms (2000)");
  add_share(app, "--reset-share", options.reset_share, "IDs whose first request is reset");
  add_share(app, "--error-share", options.error_share, "IDs whose first request gets 500");
  add_share(app, "--missing-share", options.missing_share, "IDs that are not in the register");
  app.add_option("--log", options.log,
                 "file: a line for each request: epoch seconds, status, path");
  app.add_option("--mode", options.mode,
                 "normal, unauthorized, wrong-path, login-page, same-body, key-expires")
      ->transform(CLI::CheckedTransformer(kModes));
  app.add_option("--expires-after", options.expires_after,
                 "with key-expires: 401 after that many requests");
  app.add_flag("--gzip", options.gzip, "compress answers where the client accepts gzip");
  try {
    app.parse(argc, argv);
    if (!rate.empty()) {
      options.rate = per_second(rate);
    }
  } catch (const CLI::ParseError& error) {
    exit_code = app.exit(error);
    return std::nullopt;
  }
  options.delay = std::chrono::milliseconds(delay_ms);
  options.slow_delay = std::chrono::milliseconds(slow_ms);
  return options;
}

}  // namespace standin
