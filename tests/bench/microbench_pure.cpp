// SPDX-License-Identifier: MIT
// What is done for every job or row without any I/O.
#include "job/url_template.h"
#include "pace/adaptive_pacer.h"
#include "table/auto_columns.h"
#include "table/column_set.h"
#include "table/csv_reader.h"
#include "tests/bench/load.h"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dogged::bench {
namespace {

constexpr std::size_t kBodyBytes = 1500;

// One request through the pacer: may it start, it starts, and one that started before is answered;
// with so many in flight, 10 us apart.
void pacer_decision(benchmark::State& state) {
  const auto in_flight = static_cast<std::size_t>(state.range(0));
  AdaptivePacer pacer({static_cast<int>(in_flight), 0}, 1);
  SteadyTime now{std::chrono::hours(1)};
  std::deque<Pacer::StartId> started;
  const auto answer = [&] {
    pacer.on_end(started.front(), PaceSignal::answered, {}, now);
    started.pop_front();
  };
  const auto step = [&] {
    now += std::chrono::microseconds(10);
    const StartDecision decision = pacer.next_start(now);
    if (decision.kind == StartDecision::Kind::now) {
      started.push_back(pacer.on_start(now));
    } else if (decision.kind == StartDecision::Kind::not_before) {
      now = decision.at;
    }
    if (started.size() >= in_flight ||
        (decision.kind == StartDecision::Kind::on_ending && !started.empty())) {
      answer();
    }
  };
  for (int i = 0; i < 100'000; ++i) {  // past its search
    step();
  }
  for (auto _ : state) {
    step();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(pacer_decision)->Arg(64)->Arg(1000);

std::string list(bool quoted) {
  std::string text = "kind,id,title\n";
  for (int i = 0; i < 50'000; ++i) {
    text += quoted ? fmt::format("artworks,{},\"Study \"\"no. {}\"\", oil\"\n", i, i)
                   : fmt::format("artworks,{},Study no. {}\n", i, i);
  }
  return text;
}

void csv_parse(benchmark::State& state) {
  constexpr std::size_t kPiece = 64 * 1024;
  const std::string text = list(state.range(0) != 0);
  std::int64_t records = 0;
  for (auto _ : state) {
    CsvReader reader(',');
    CsvRecord record;
    for (std::size_t at = 0; at < text.size(); at += kPiece) {
      reader.feed(std::string_view(text).substr(at, kPiece));
      for (; reader.next(record); ++records) {
        benchmark::DoNotOptimize(record.cells.data());
      }
    }
    reader.finish();
    for (; reader.next(record); ++records) {
    }
  }
  state.SetItemsProcessed(records);
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}
BENCHMARK(csv_parse)->ArgName("quoted")->Arg(0)->Arg(1);

std::vector<std::string> answers() {
  std::vector<std::string> bodies;
  for (JobId id = 1; id <= 64; ++id) {
    bodies.push_back(answer_body(id, kBodyBytes));
  }
  return bodies;
}

void extract_all(benchmark::State& state, ColumnSet& columns,
                 const std::vector<std::string>& bodies) {
  std::vector<ColumnValue> values;
  std::size_t i = 0;
  for (auto _ : state) {
    columns.extract(bodies[i++ % bodies.size()], values);
    benchmark::DoNotOptimize(values.data());
  }
  state.SetItemsProcessed(state.iterations());
}

void extract(benchmark::State& state, const std::vector<ColumnSpec>& specs) {
  const auto columns = ColumnSet::compile(specs, "en");
  if (!columns) {
    state.SkipWithError(columns.error().c_str());
    return;
  }
  extract_all(state, *columns.value(), answers());
}

void extract_pointers(benchmark::State& state) {
  extract(state, {{"title", "/title"},
                  {"artist", "/artist/name"},
                  {"year", "/year"},
                  {"city", "/place/city"},
                  {"dimensions", "/dimensions"}});
}
BENCHMARK(extract_pointers);

void extract_jq(benchmark::State& state) {
  extract(state, {{"role", ".contributors[] | select(.role == \"artist\").fc"}});
}
BENCHMARK(extract_jq);

void extract_auto(benchmark::State& state) {
  AutoColumns columns;
  const std::vector<std::string> bodies = answers();
  for (const std::string& body : bodies) {
    columns.observe(body);
  }
  extract_all(state, columns, bodies);
}
BENCHMARK(extract_auto);

// The first of the two passes of --add auto.
void observe_auto(benchmark::State& state) {
  AutoColumns columns;
  const std::vector<std::string> bodies = answers();
  std::size_t i = 0;
  for (auto _ : state) {
    columns.observe(bodies[i++ % bodies.size()]);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(observe_auto);

void url_render(benchmark::State& state) {
  const auto url = UrlTemplate::parse("http://127.0.0.1:8080/v1/{kind}/{id}?n={n}");
  const auto lookup = [](std::string_view name) -> std::optional<std::string> {
    return name == "kind" ? "artworks" : name == "id" ? "Ünal 10093" : "3";
  };
  for (auto _ : state) {
    benchmark::DoNotOptimize(url.value().render(lookup));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(url_render);

}  // namespace
}  // namespace dogged::bench
