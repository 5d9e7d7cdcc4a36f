// SPDX-License-Identifier: MIT
#include "table/jq_filter.h"

#include "base/out_of_memory.h"
#include "table/jq_digits.h"
#include "table/jq_fence.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <utility>
#include <vector>

extern "C" {
#include <jq.h>
#include <jv.h>
}

namespace dogged {
namespace {

constexpr std::size_t kMaxDepth = 1'000;

// More than compiling a filter takes. libjq's scanner and parser do not look at what malloc gave
// them.
constexpr std::size_t kRoomToCompile = 32 << 20;

// A filter that yields without end is stopped before it takes the memory of the machine.
constexpr int kMaxOutputs = 100'000;

// Owns one reference of a jv.
class Jv {
 public:
  explicit Jv(jv value) : value_(value) {}
  Jv(Jv&& other) noexcept : value_(std::exchange(other.value_, jv_invalid())) {}
  Jv& operator=(Jv&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  Jv(const Jv&) = delete;
  Jv& operator=(const Jv&) = delete;
  ~Jv() { jv_free(value_); }

  jv get() const { return value_; }            // borrowed
  jv copy() const { return jv_copy(value_); }  // for libjq's functions, which consume
  jv release() { return std::exchange(value_, jv_invalid()); }

 private:
  jv value_;
};

// What libjq is to do where there is no memory. It keeps that for each thread.
void end_without_memory() {
  jv_nomem_handler([](void*) { end_out_of_memory(); }, nullptr);
}

std::string_view view_of(const Jv& string) {
  return {jv_string_value(string.get()),
          static_cast<std::size_t>(jv_string_length_bytes(string.copy()))};
}

jv string_of(std::string_view text) {
  return jv_string_sized(text.data(), static_cast<int>(text.size()));
}

jv number_of(const JsonDocument& document, JsonDocument::Index i) {
  const auto value = carried_by_double(document.text(i));
  if (!value) {
    return string_of(document.text(i));
  }
  jv number = jv_number(*value);
  number.size = static_cast<int>(i) + 1;
  return number;
}

jv scalar_of(const JsonDocument& document, JsonDocument::Index i) {
  const JsonDocument::Node& node = document.node(i);
  switch (node.type) {
    case JsonDocument::Type::boolean:
      return jv_bool(node.truth ? 1 : 0);
    case JsonDocument::Type::number:
      return number_of(document, i);
    case JsonDocument::Type::string:
      return string_of(document.text(i));
    default:
      return jv_null();
  }
}

// A container being filled.
struct OpenInput {
  Jv container;
  JsonDocument::Index end;
  bool object;
  std::optional<JsonDocument::Index> name;  // read, its value not yet

  void attach(const JsonDocument& document, jv value) {
    if (object) {
      container = Jv(jv_object_set(container.release(), string_of(document.text(*name)), value));
      name.reset();
    } else {
      container = Jv(jv_array_append(container.release(), value));
    }
  }
};

// The document as a jv, without recursion. Nothing where it is too deep.
std::optional<Jv> to_jv(const JsonDocument& document) {
  using Type = JsonDocument::Type;
  std::vector<OpenInput> open;
  JsonDocument::Index at = 0;
  for (;;) {
    if (!open.empty() && open.back().object && !open.back().name && at < open.back().end) {
      open.back().name = at++;
    }
    const JsonDocument::Node& node = document.node(at);
    std::optional<Jv> ready;
    if (node.type == Type::array || node.type == Type::object) {
      if (open.size() == kMaxDepth) {
        return std::nullopt;
      }
      const bool object = node.type == Type::object;
      jv container = object ? jv_object() : jv_array_sized(static_cast<int>(node.count) + 1);
      open.push_back({Jv(container), node.end, object, std::nullopt});
    } else {
      ready.emplace(scalar_of(document, at));
    }
    ++at;
    while (ready || open.back().end == at) {
      if (!ready) {
        ready.emplace(std::move(open.back().container));
        open.pop_back();
      }
      if (open.empty()) {
        return ready;
      }
      open.back().attach(document, ready->release());
      ready.reset();
    }
  }
}

}  // namespace

struct JqInput::State {
  std::optional<Jv> value;
  const JsonDocument* document = nullptr;
};

JqInput::JqInput() : state_(std::make_unique<State>()) {}
JqInput::~JqInput() = default;

std::string JqInput::load(const JsonDocument& document) {
  end_without_memory();
  state_->document = &document;
  state_->value = to_jv(document);
  if (!state_->value) {
    return fmt::format("the answer is nested deeper than {} levels", kMaxDepth);
  }
  return {};
}

struct JqFilter::State {
  struct Teardown {
    void operator()(jq_state* state) const { jq_teardown(&state); }
  };
  std::unique_ptr<jq_state, Teardown> jq;
  std::vector<std::string> messages;
  bool digits_lost = false;

  // Compact JSON of what came out of a filter. Without recursion: filters can build any depth.
  void write_json(const Jv& value, const JsonDocument& document, std::string& out);
  void write_number(const Jv& value, const JsonDocument& document, std::string& out);
  void write_column(const Jv& value, const JsonDocument& document, ColumnValue& column);
};

void JqFilter::State::write_number(const Jv& value, const JsonDocument& document,
                                   std::string& out) {
  constexpr double kExact = 9007199254740992.0;  // 2^53
  const double number = jv_number_value(value.get());
  if (const int tag = value.get().size; tag > 0) {
    const auto raw = document.text(static_cast<JsonDocument::Index>(tag - 1));
    if (carried_by_double(raw) == number) {
      out += raw;
      return;
    }
  }
  digits_lost = digits_lost || std::fabs(number) > kExact;
  out += view_of(Jv(jv_dump_string(value.copy(), 0)));
}

void JqFilter::State::write_json(const Jv& value, const JsonDocument& document, std::string& out) {
  struct Open {
    Jv container;
    bool object;
    int at;  // next element, or the object's iterator
    bool first = true;
  };
  std::vector<Open> open;
  const auto write = [&](Jv item) {
    switch (jv_get_kind(item.get())) {
      case JV_KIND_TRUE:
        out += "true";
        break;
      case JV_KIND_FALSE:
        out += "false";
        break;
      case JV_KIND_NUMBER:
        write_number(item, document, out);
        break;
      case JV_KIND_STRING:
        append_json_string(out, view_of(item));
        break;
      case JV_KIND_ARRAY:
        out += '[';
        open.push_back({std::move(item), false, 0});
        break;
      case JV_KIND_OBJECT: {
        out += '{';
        const int begin = jv_object_iter(item.get());
        open.push_back({std::move(item), true, begin});
        break;
      }
      default:
        out += "null";
    }
  };
  write(Jv(value.copy()));
  while (!open.empty()) {
    Open& top = open.back();
    const jv container = top.container.get();
    const bool more = top.object ? jv_object_iter_valid(container, top.at) != 0
                                 : top.at < jv_array_length(top.container.copy());
    if (!more) {
      out += top.object ? '}' : ']';
      open.pop_back();
      continue;
    }
    if (!std::exchange(top.first, false)) {
      out += ',';
    }
    if (top.object) {
      append_json_string(out, view_of(Jv(jv_object_iter_key(container, top.at))));
      out += ':';
      const int at = std::exchange(top.at, jv_object_iter_next(container, top.at));
      write(Jv(jv_object_iter_value(container, at)));
    } else {
      write(Jv(jv_array_get(top.container.copy(), top.at++)));
    }
  }
}

void JqFilter::State::write_column(const Jv& value, const JsonDocument& document,
                                   ColumnValue& column) {
  write_json(value, document, column.json);
  switch (jv_get_kind(value.get())) {
    case JV_KIND_NULL:
      break;
    case JV_KIND_STRING:
      column.text += view_of(value);
      break;
    default:
      column.text = column.json;
  }
}

namespace {

// What a filter threw: a message, or any other value.
std::string thrown_message(const Jv& thrown) {
  if (jv_get_kind(thrown.get()) == JV_KIND_STRING) {
    return std::string(view_of(thrown));
  }
  return std::string(view_of(Jv(jv_dump_string(thrown.copy(), 0))));
}

}  // namespace

JqFilter::JqFilter(std::unique_ptr<State> state) : state_(std::move(state)) {}
JqFilter::~JqFilter() = default;

Result<std::unique_ptr<JqFilter>> JqFilter::compile(const std::string& filter,
                                                    const std::string& lang) {
  if (filter.find('\0') != std::string::npos) {
    return Failure{"a zero byte in the filter"};
  }
  end_without_memory();
  require_memory(kRoomToCompile);
  auto state = std::make_unique<State>();
  state->jq.reset(jq_init());
  if (!state->jq) {
    return Failure{"libjq does not start"};
  }
  jq_set_error_cb(
      state->jq.get(),
      [](void* messages, jv message) {
        const Jv owned(message);
        static_cast<std::vector<std::string>*>(messages)->emplace_back(view_of(owned));
      },
      &state->messages);
  const WithoutHome without_home;
  jv arguments = jv_object_set(jv_object(), jv_string("lang"), string_of(lang));
  if (jq_compile_args(state->jq.get(), fenced(filter).c_str(), arguments) == 0) {
    std::string why;
    for (const std::string& message : state->messages) {
      if (message.find("compile error") == std::string::npos) {
        why += (why.empty() ? "" : "; ") + bare_message(message);
      }
    }
    return Failure{why.empty() ? "it does not compile" : why};
  }
  return std::unique_ptr<JqFilter>(new JqFilter(std::move(state)));
}

std::string JqFilter::run(const JqInput& input, ColumnValue& value) {
  const JsonDocument& document = *input.state_->document;
  value.text.clear();
  value.json.clear();
  std::optional<Jv> first;
  int outputs = 0;
  jq_start(state_->jq.get(), input.state_->value->copy(), 0);
  for (;;) {
    Jv next(jq_next(state_->jq.get()));
    if (jv_is_valid(next.get()) == 0) {
      if (jv_invalid_has_msg(next.copy()) != 0) {
        value.json = "null";
        value.text.clear();
        return thrown_message(Jv(jv_invalid_get_msg(next.release())));
      }
      break;
    }
    if (++outputs == 1) {
      first.emplace(std::move(next));
      continue;
    }
    if (outputs == 2) {
      value.json += '[';
      state_->write_json(*first, document, value.json);
    }
    if (outputs > kMaxOutputs) {
      value.json = "null";
      return fmt::format("it yields more than {} values", kMaxOutputs);
    }
    value.json += ',';
    state_->write_json(next, document, value.json);
  }
  if (outputs == 0) {
    value.json = "null";
  } else if (outputs == 1) {
    state_->write_column(*first, document, value);
  } else {
    value.json += ']';
    value.text = value.json;
  }
  return {};
}

bool JqFilter::digits_lost() const {
  return state_->digits_lost;
}

}  // namespace dogged
