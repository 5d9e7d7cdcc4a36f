// SPDX-License-Identifier: MIT
#include "base/error.h"
#include "cli/command.h"

#include <doctest/doctest.h>

namespace dogged {
namespace {

struct Options {
  std::string file, text = "unset";
  std::optional<std::string> proxy;
  std::vector<std::string> headers, rest;
  std::int64_t limit = 7;
  std::optional<Millis> time;
  bool force = false;
};

// A program of two commands, whose parsed options can be looked at.
class Program {
 public:
  Program() {
    CommandOptions work =
        line_.add({.path = "work", .group = "G", .summary = "Works", .details = "", .json = true},
                  [](CommandContext&) { return ExitStatus::done; });
    work.argument("FILE", options.file, true, "A file");
    work.text("-o,--output", options.text, {"FILE", "Where to"});
    work.text("--proxy", options.proxy, {"URL", "Proxy"});
    work.texts("-H,--header", options.headers, {"H", "Header"});
    work.number("--limit", options.limit, 1, {"N", "Limit"});
    work.duration("--max-time", options.time, {"DURATION", "Time"});
    work.flag("--force", options.force, "Force");
    CommandOptions show =
        line_.add({.path = "source show", .group = "G", .summary = "Shows", .details = ""},
                  [](CommandContext&) { return ExitStatus::later; });
    show.arguments("ID", options.rest, false, "IDs");
  }

  CommandLine::Parsed parse(const std::vector<std::string>& args) { return line_.parse(args); }

  std::string error(const std::vector<std::string>& args) {
    try {
      (void)line_.parse(args);
    } catch (const Error& error) {
      return error.fault() == Fault::usage ? error.what() : "not a usage error";
    }
    return "no error";
  }

  Options options;

 private:
  CommandLine line_;
};

TEST_CASE("options of every kind reach their targets") {
  Program program;
  const auto parsed =
      program.parse({"work", "in.csv", "-o", "-", "-H", "A: 1", "--header=B: 2", "--limit", "3",
                     "--max-time=90s", "--force", "--db", "my.db", "--json", "-q"});
  CHECK(program.options.file == "in.csv");
  CHECK(program.options.text == "-");
  CHECK(program.options.headers == std::vector<std::string>{"A: 1", "B: 2"});
  CHECK(program.options.limit == 3);
  CHECK(program.options.time == Millis(90'000));
  CHECK(program.options.force);
  CHECK(parsed.common.db == "my.db");
  CHECK(parsed.common.json);
  CHECK(parsed.common.quiet);
  CHECK(parsed.run);
}

TEST_CASE("what is not given stays as it was") {
  Program program;
  (void)program.parse({"work", "x"});
  CHECK(program.options.text == "unset");
  CHECK(program.options.limit == 7);
  CHECK_FALSE(program.options.proxy);
}

TEST_CASE("a repeatable option does not swallow the argument") {
  Program program;
  (void)program.parse({"work", "-H", "A: 1", "in.csv"});
  CHECK(program.options.headers == std::vector<std::string>{"A: 1"});
  CHECK(program.options.file == "in.csv");
}

TEST_CASE("values are taken as they are: empty ones, ones in brackets, the last of several") {
  Program empty;
  (void)empty.parse({"work", "--proxy=", "in.csv"});
  CHECK(empty.options.proxy == "");
  CHECK(empty.options.file == "in.csv");
  Program brackets;
  (void)brackets.parse({"work", "x", "-H", "[a,b]", "-o", "[1,2]"});
  CHECK(brackets.options.headers == std::vector<std::string>{"[a,b]"});
  CHECK(brackets.options.text == "[1,2]");
  Program twice;
  (void)twice.parse({"work", "x", "--limit", "1", "--limit", "2"});
  CHECK(twice.options.limit == 2);
}

TEST_CASE("an argument may have the name of a command, or begin with a dash behind --") {
  Program name;
  (void)name.parse({"work", "source"});
  CHECK(name.options.file == "source");
  Program dash;
  (void)dash.parse({"source", "show", "--", "-5"});
  CHECK(dash.options.rest == std::vector<std::string>{"-5"});
}

TEST_CASE("common options may stand before the command") {
  Program program;
  CHECK(program.parse({"--db", "a.db", "work", "x"}).common.db == "a.db");
}

TEST_CASE("mistakes name the option or command and suggest the nearest") {
  struct Case {
    std::vector<std::string> args;
    const char* message;
  };
  const std::vector<Case> cases = {
      {{"wrok"}, "unknown command 'wrok': did you mean 'work'?"},
      {{"work", "x", "--limt", "3"}, "dogged work has no option '--limt': did you mean '--limit'?"},
      {{"work", "--limt=3"}, "did you mean '--limit'?"},
      {{"work"}, "dogged work: FILE is required"},
      {{"work", "a", "b"}, "what is 'b'?"},
      {{"work", "x", "--limit", "0"}, "--limit '0': must be 1 or more"},
      {{"work", "x", "--limit", "1e3"}, "--limit '1e3': not a whole number"},
      {{"work", "x", "--limit", "99999999999999999999"}, "or less"},
      {{"work", "x", "--max-time", "soon"}, "--max-time 'soon': "},
      {{"work", "x", "--limit"}, "--limit wants a value"},
      {{}, "say what to do"},
      {{"--frce"}, "dogged has no option '--frce'"},
      {{"source"}, "dogged source: say which of its commands"},
      {{"help", "wrok"}, "unknown command 'wrok': did you mean 'work'?"},
  };
  for (const Case& c : cases) {
    Program program;
    const std::string message = program.error(c.args);
    CAPTURE(message);
    CHECK(message.find(c.message) != std::string::npos);
  }
}

TEST_CASE("help is given whatever else is wrong, and shows every option") {
  Program program;
  const std::string text = program.parse({"work", "--limit", "x", "--help"}).text;
  for (const char* part : {"Usage: dogged work [OPTIONS] FILE", "-o, --output FILE", "--limit N",
                           "--json", "--db PATH", "-H, --header H"}) {
    CAPTURE(part);
    CHECK(text.find(part) != std::string::npos);
  }
  Program other;
  const std::string all = other.parse({"--help"}).text;
  CHECK(all.find("source show [ID...]") != std::string::npos);
  CHECK(all.find("130") != std::string::npos);
}

TEST_CASE("of equally near options the one without danger is suggested") {
  const auto suggested = [](const char* typed) {
    CommandLine line;
    add_all_commands(line);
    try {
      (void)line.parse({"fetch", "x", typed, "y"});
    } catch (const Error& error) {
      const std::string text = error.what();
      const std::size_t at = text.find("did you mean '");
      return at == std::string::npos ? text : text.substr(at + 14, text.find("'?") - at - 14);
    }
    return std::string("nothing was wrong");
  };
  CHECK(suggested("--sorce") == "--source");
  CHECK(suggested("--fource") == "--source");
  CHECK(suggested("--forse") == "--force");
  CHECK(suggested("--ulr") == "--url");
}

TEST_CASE("`dogged help` is --help, of a command too, and of those below a name") {
  const auto text = [](const std::vector<std::string>& args) {
    CommandLine line;
    add_all_commands(line);
    return line.parse(args).text;
  };
  CHECK(text({"help"}) == text({"--help"}));
  CHECK(text({"help", "run"}) == text({"run", "--help"}));
  CHECK(text({"help", "source", "show"}) == text({"source", "show", "--help"}));
  CHECK(text({"help", "source"}) == text({"source", "show", "--help"}));
  CHECK(text({"source", "--help"}) == text({"source", "show", "--help"}));
}

TEST_CASE("examples in help stand on lines of their own, and no line breaks early") {
  CommandLine line;
  add_all_commands(line);
  const std::string sql = line.parse({"sql", "--help"}).text;
  CHECK(sql.find("\n  dogged sql 'SELECT") != std::string::npos);
  CommandLine other;
  add_all_commands(other);
  const std::string show = other.parse({"show", "--help"}).text;
  CHECK(show.find("\n\nPlain successes at the first try have no attempt row. With --json: one "
                  "object a line.\n") != std::string::npos);
}

TEST_CASE("no line of any command's help is wider than 100 columns") {
  CommandLine line;
  add_all_commands(line);
  for (const char* name : {"fetch", "try", "import", "run", "export"}) {
    CommandLine fresh;
    add_all_commands(fresh);
    const std::string text = fresh.parse({name, "--help"}).text;
    CAPTURE(name);
    std::size_t begin = 0;
    for (std::size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
      CHECK(end - begin <= 100);
    }
    CHECK(begin == text.size());
  }
}

TEST_CASE("the version is one line") {
  Program program;
  const std::string text = program.parse({"--version"}).text;
  CHECK(text.rfind("dogged ", 0) == 0);
  CHECK(text.find('\n') == text.size() - 1);
}

TEST_CASE("words for a shell are quoted where they must be") {
  CHECK(shell_word("a/b.csv") == "a/b.csv");
  CHECK(shell_word("") == "''");
  CHECK(shell_word("a b") == "'a b'");
  CHECK(shell_word("it's") == "'it'\\''s'");
  CHECK(shell_word("{id}") == "'{id}'");
}

}  // namespace
}  // namespace dogged
