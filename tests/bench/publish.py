# SPDX-License-Identifier: MIT
"""Puts results into tests/bench/README.md, between its markers, and the plot beside it."""
import pathlib

import machine
import plot
import report

HERE = pathlib.Path(__file__).parent
BEGIN, END = "<!-- results: written by scripts/bench --publish -->", "<!-- end of results -->"


def tables(results):
    lines = [machine.in_words(results.machine) + ".", ""]
    lines += report.results_table(results.lines)
    if results.costs:
        lines += ["", *report.cost_table(results.costs)]
    if results.steps:
        lines += ["", *report.step_table(results.steps)]
    lines += ["", *(f"- {note}" for note in results.notes)]
    if plot.panels_of(results.series):
        lines += ["", "![cost of a row or a job against their number](cost.svg)"]
    return "\n".join(lines) + "\n"


def publish(results):
    readme = HERE / "README.md"
    before, rest = readme.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    readme.write_text(f"{before}{BEGIN}\n{tables(results)}{END}{after}", encoding="utf-8")
    if plot.panels_of(results.series):
        (HERE / "cost.svg").write_text(
            plot.draw(results.series, f"{results.machine['cpu']}, {results.machine['cores']} cores, "
                                      f"{results.machine['date']}, commit {results.machine['commit']}"),
            encoding="utf-8")
