# SPDX-License-Identifier: MIT
"""Runs the microbenchmarks (Google Benchmark) and takes their figures into the report."""
import json

import program

TO_US = {"ns": 1e-3, "us": 1, "ms": 1e3}


def microbenchmarks(shop):
    """What single steps cost: pacer, store, CSV, columns, URLs."""
    with shop.room("micro") as room:
        chosen = shop.either(["--benchmark_filter=-group:(1|16)/", "--benchmark_min_time=0.02"],
                             ["--benchmark_repetitions=5", "--benchmark_report_aggregates_only=true"])
        ran = program.run([shop.programs.microbench, "--benchmark_format=json", *chosen], room,
                          environment=program.clean_environment(TMPDIR=str(room)))
        for result in json.loads(ran.out)["benchmarks"]:
            if result.get("aggregate_name", "median") == "median":
                shop.report.step(*step(result))


def step(result):
    """(name, us, CPU us) of one item of a benchmark."""
    per_unit = TO_US[result["time_unit"]]
    wall, cpu = result["real_time"] * per_unit, result["cpu_time"] * per_unit
    name = result["run_name"]
    # Items are counted by the time that the benchmark is judged by.
    items = result["items_per_second"] * (wall if name.endswith("/real_time") else cpu) / 1e6
    return name.split("/iterations:")[0], wall / items, cpu / items
