// SPDX-License-Identifier: MIT
#include "cli/source_file.h"

#include "base/error.h"
#include "base/json_document.h"
#include "base/text.h"
#include "cli/share.h"
#include "cli/toml_advice.h"
#include "http/head.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

namespace dogged {
namespace {

std::string_view type_name(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::string:
      return "a text";
    case toml::node_type::integer:
      return "a whole number";
    case toml::node_type::floating_point:
      return "a number";
    case toml::node_type::boolean:
      return "true or false";
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "a list";
    default:
      return "a date or time";
  }
}

// Takes known keys out of a table; what is left at the end is unknown. Keys come in the order of
// the file, which toml++ itself does not keep.
class TableReader {
 public:
  TableReader(const toml::table& table, std::string where, const std::string& place)
      : table_(table), where_(std::move(where)), place_(place) {}

  [[noreturn]] void fail(const toml::node* node, const std::string& message) const {
    const auto line = node == nullptr ? table_.source().begin.line : node->source().begin.line;
    throw Error(Fault::usage, line == 0 ? fmt::format("{}: {}", place_, message)
                                        : fmt::format("{}:{}: {}", place_, line, message));
  }

  const toml::node* find(std::string_view key) {
    known_.emplace(key);
    return table_.get(key);
  }

  void text(std::string_view key, std::string& target) {
    if (const toml::node* node = find(key)) {
      target = text_of(key, *node);
    }
  }

  void text(std::string_view key, std::optional<std::string>& target) {
    if (const toml::node* node = find(key)) {
      target = text_of(key, *node);
    }
  }

  void boolean(std::string_view key, const std::function<void(bool)>& take) {
    if (const toml::node* node = find(key)) {
      const auto value = node->value_exact<bool>();
      value ? take(*value) : wrong_type(key, *node, "true or false");
    }
  }

  void integer(std::string_view key, std::int64_t least, std::int64_t most,
               const std::function<void(std::int64_t)>& take) {
    if (const toml::node* node = find(key)) {
      const auto value = node->value_exact<std::int64_t>();
      if (!value) {
        wrong_type(key, *node, "a whole number");
      }
      if (*value < least || *value > most) {
        fail(node, fmt::format("{} must be from {} to {}", name_of(key), least, most));
      }
      take(*value);
    }
  }

  // A text that `parse` reads; a bare number is read as its digits ("timeout = 60").
  template <typename T>
  void parsed(std::string_view key, Result<T> (*parse)(std::string_view),
              const std::function<void(const T&)>& take) {
    if (const toml::node* node = find(key)) {
      std::string text;
      if (const auto integer = node->value_exact<std::int64_t>()) {
        text = std::to_string(*integer);
      } else {
        text = text_of(key, *node);
      }
      const Result<T> value = parse(text);
      if (!value) {
        fail(node, fmt::format("{} '{}': {}", name_of(key), printable(text, 80), value.error()));
      }
      take(value.value());
    }
  }

  // Calls `take` for a table below.
  void table(std::string_view key, const std::function<void(TableReader&)>& take) {
    if (const toml::node* node = find(key)) {
      if (!node->is_table()) {
        wrong_type(key, *node, "a table");
      }
      TableReader reader(*node->as_table(), std::string(key), place_);
      take(reader);
      reader.finish();
    }
  }

  // Calls `take` for each table of a list of tables.
  void tables(std::string_view key, const std::function<void(TableReader&)>& take) {
    const toml::node* node = find(key);
    if (node == nullptr) {
      return;
    }
    if (!node->is_array()) {
      wrong_type(key, *node, fmt::format("a list of tables, written [[{}]]", key));
    }
    for (const toml::node& element : *node->as_array()) {
      if (!element.is_table()) {
        wrong_type(key, element, "a table");
      }
      TableReader reader(*element.as_table(), std::string(key), place_);
      take(reader);
      reader.finish();
    }
  }

  // All members as texts, in the order of the file; of a list (where `lists`) each element.
  void texts(const std::function<void(const std::string& key, const std::string& text)>& take,
             bool lists = false) {
    std::vector<std::pair<const toml::key*, const toml::node*>> members;
    for (auto&& [key, node] : table_) {
      members.emplace_back(&key, &node);
    }
    std::stable_sort(members.begin(), members.end(), [](const auto& a, const auto& b) {
      const auto& x = a.first->source().begin;
      const auto& y = b.first->source().begin;
      return std::pair(x.line, x.column) < std::pair(y.line, y.column);
    });
    for (const auto& [key, node] : members) {
      known_.emplace(key->str());
      const std::string name(key->str());
      if (!lists || !node->is_array()) {
        take(name, text_of(name, *node));
        continue;
      }
      for (const toml::node& element : *node->as_array()) {
        take(name, text_of(name, element));
      }
    }
  }

  void finish() const {
    for (auto&& [key, node] : table_) {
      if (known_.count(std::string(key.str())) == 0) {
        const std::string near = nearest(key.str(), known_);
        fail(&node, fmt::format("unknown key {}{}", name_of(key.str()),
                                near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
      }
    }
  }

  std::string name_of(std::string_view key) const {
    const std::string shown = printable(key, 80);
    return where_.empty() ? fmt::format("'{}'", shown) : fmt::format("'{}' in [{}]", shown, where_);
  }

  [[noreturn]] void wrong_type(std::string_view key, const toml::node& node,
                               std::string_view wanted) const {
    fail(&node, fmt::format("{} must be {}, not {}", name_of(key), wanted, type_name(node)));
  }

 private:
  std::string text_of(std::string_view key, const toml::node& node) const {
    const auto value = node.value_exact<std::string>();
    if (!value) {
      wrong_type(key, node, "a text in quotes");
    }
    return *value;
  }

  const toml::table& table_;
  const std::string where_;
  const std::string& place_;
  std::set<std::string> known_;
};

void read_request(TableReader& in, RequestSpec& request) {
  in.text("url", request.url);
  in.text("method", request.method);
  if (!is_token(request.method)) {
    in.fail(in.find("method"), "'method' in [request] must be a word like GET");
  }
  in.text("body", request.body);
  in.table("headers", [&](TableReader& headers) {
    headers.texts(
        [&](const std::string& name, const std::string& value) {
          request.headers.push_back({name, value});
        },
        true);
  });
  in.parsed<Millis>("timeout", parse_duration, [&](Millis d) { request.timeout = d; });
  in.parsed<Millis>("connect_timeout", parse_duration,
                    [&](Millis d) { request.connect_timeout = d; });
  in.parsed<std::int64_t>("max_body", parse_size,
                          [&](std::int64_t n) { request.max_body_bytes = n; });
  in.boolean("redirect_other_origin", [&](bool b) { request.redirect_other_origin = b; });
}

// Names of the value in `[auth]` by type, so that a file reads well.
void read_auth(TableReader& in, AuthSpec& auth) {
  std::string type = "none";
  in.text("type", type);
  if (type == "none") {
    auth.type = AuthType::none;
  } else if (type == "bearer") {
    auth.type = AuthType::bearer;
    in.text("token", auth.value);
  } else if (type == "basic") {
    auth.type = AuthType::basic;
    in.text("user", auth.user);
    in.text("password", auth.value);
  } else if (type == "header" || type == "query") {
    auth.type = type == "header" ? AuthType::header : AuthType::query;
    in.text("name", auth.name);
    in.text("value", auth.value);
    if (auth.name.empty()) {
      in.fail(nullptr, fmt::format("[auth] of type {} needs a 'name'", type));
    }
  } else if (type == "oauth2") {
    auth.type = AuthType::oauth2;
    in.text("token_url", auth.token_url);
    in.text("client_id", auth.client_id);
    in.text("client_secret", auth.client_secret);
    in.text("scope", auth.scope);
    if (auth.token_url.empty()) {
      in.fail(nullptr, "[auth] of type oauth2 needs a 'token_url'");
    }
  } else {
    in.fail(in.find("type"), fmt::format("'type' in [auth] must be none, bearer, basic, header, "
                                         "query or oauth2, not '{}'",
                                         printable(type, 80)));
  }
}

void read_id(TableReader& in, IdSpec& id) {
  in.text("column", id.column);
  in.text("key", id.key);
  in.text("rule", id.rule);
  in.text("pattern", id.pattern);
  in.text("rewrite", id.rewrite);
  if (!id.rewrite.empty() && id.pattern.empty()) {
    in.fail(in.find("rewrite"),
            "'rewrite' in [id] needs a 'pattern': it says what becomes of a match");
  }
}

void read_limits(TableReader& in, LimitSpec& limits) {
  in.parsed<Rate>("rate", parse_rate, [&](const Rate& rate) { limits.rate = rate; });
  in.integer("max_concurrency", 1, 100'000,
             [&](std::int64_t n) { limits.max_concurrency = static_cast<int>(n); });
  in.text("quota", limits.quota);
  in.parsed<double>("leave", parse_share, [&](double share) { limits.leave = share; });
}

// A TOML value as compact JSON text. TOML has no null.
void append_json(std::string& out, const toml::node& node) {
  if (const auto* text = node.as_string()) {
    append_json_string(out, text->get());
  } else if (const auto* integer = node.as_integer()) {
    out += std::to_string(integer->get());
  } else if (const auto* number = node.as_floating_point()) {
    out += fmt::format("{}", number->get());
  } else if (const auto* truth = node.as_boolean()) {
    out += truth->get() ? "true" : "false";
  } else if (const auto* array = node.as_array()) {
    out += '[';
    for (std::size_t i = 0; i < array->size(); ++i) {
      out += i == 0 ? "" : ",";
      append_json(out, *array->get(i));
    }
    out += ']';
  }
}

void read_condition(TableReader& in, AnswerRule& rule) {
  in.integer("status", 100, 599, [&](std::int64_t n) { rule.status = static_cast<int>(n); });
  in.text("header", rule.header);
  in.text("header_match", rule.header_match);
  in.text("pointer", rule.pointer);
  in.boolean("exists", [&](bool b) { rule.exists = b; });
  in.text("body", rule.body);
  if (const toml::node* node = in.find("equals")) {
    if (node->is_table() || node->is_date() || node->is_time() || node->is_date_time()) {
      in.wrong_type("equals", *node, "a text, a number, true, false or a list");
    }
    append_json(rule.equals.emplace(), *node);
  }
  if (rule.header_match && !rule.header) {
    in.fail(nullptr, "'header_match' needs a 'header'");
  }
  if ((rule.equals || rule.exists) && !rule.pointer) {
    in.fail(nullptr, "'equals' and 'exists' need a 'pointer'");
  }
  if (rule.pointer && !is_json_pointer(*rule.pointer)) {
    in.fail(in.find("pointer"), fmt::format("'{}' is no JSON pointer: it begins with '/'",
                                            printable(*rule.pointer, 80)));
  }
}

void read_answer(TableReader& in, std::vector<AnswerRule>& answers) {
  AnswerRule rule;
  in.table("when", [&](TableReader& when) { read_condition(when, rule); });
  std::string then;
  in.text("then", then);
  const std::optional<RuleAction> action = rule_action_from(then);
  if (!action) {
    in.fail(in.find("then"),
            "'then' in [[answer]] must be done, not_found, retry, refused, failed "
            "or stop");
  }
  rule.then = *action;
  answers.push_back(std::move(rule));
}

void read_lang(TableReader& in, Source& source) {
  in.text("default", source.default_lang);
  in.texts([&](const std::string& code, const std::string& value) {
    if (code != "default") {
      source.langs[code] = value;
    }
  });
  if (!source.langs.empty() && source.langs.count(source.default_lang) == 0) {
    in.fail(in.find("default"), "'default' in [lang] must be one of its codes");
  }
}

void read_left_out(TableReader& in, std::vector<std::string>& left_out) {
  if (const toml::node* node = in.find("left_out")) {
    if (!node->is_array()) {
      in.wrong_type("left_out", *node, "a list of texts");
    }
    for (const toml::node& element : *node->as_array()) {
      left_out.push_back(element.value_or(std::string()));
    }
  }
}

}  // namespace

SourceFile parse_source(std::string_view toml, const std::string& place) {
  toml::table table;
  try {
    table = toml::parse(toml);
  } catch (const toml::parse_error& error) {
    throw Error(Fault::usage,
                fmt::format("{}:{}: {}{}", place, error.source().begin.line,
                            printable(error.description(), 300), toml_advice(error.description())));
  }
  SourceFile file;
  Source& source = file.source;
  TableReader in(table, "", place);
  in.text("name", source.name);
  in.table("request", [&](TableReader& t) { read_request(t, source.request); });
  in.table("auth", [&](TableReader& t) { read_auth(t, source.auth); });
  in.table("id", [&](TableReader& t) { read_id(t, source.id); });
  in.table("limits", [&](TableReader& t) { read_limits(t, source.limits); });
  in.tables("answer", [&](TableReader& t) { read_answer(t, source.answers); });
  in.table("columns", [&](TableReader& t) {
    t.texts([&](const std::string& name, const std::string& expression) {
      source.columns.push_back({name, expression});
    });
  });
  in.table("lang", [&](TableReader& t) { read_lang(t, source); });
  read_left_out(in, file.left_out);
  in.finish();
  return file;
}

}  // namespace dogged
