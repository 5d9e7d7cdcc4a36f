# SPDX-License-Identifier: MIT
"""Puts results into tests/bench/README.md, between its markers, and the plot beside it."""
import pathlib

import machine
import plot
from report import MIB, number, verdict

HERE = pathlib.Path(__file__).parent
BEGIN, END = "<!-- results: written by scripts/bench --publish -->", "<!-- end of results -->"


def results_table(sections):
    rows = ["| work | dogged | peer | ratio | target | |", "|---|--:|--:|--:|---|---|"]
    for line in (line for section in sections for line in section.lines):
        peer = f"{line.peer}: {number(line.theirs)}" if line.peer else ""
        ratio = f"{line.ratio:.2f} ({line.spread[0]:.2f}-{line.spread[1]:.2f})" if line.peer else ""
        rows.append(f"| {line.what} | {number(line.ours)} {line.unit} | {peer} | {ratio} | "
                    f"{line.target or ''} | {verdict(line)} |")
    return rows


def cost_table(sections):
    rows = ["| work | program | CPU, us a job (user + system) | peak RSS, MiB | "
            "bytes stored a job (of answer) | system calls a job |",
            "|---|---|--:|--:|--:|--:|"]
    for cost in (cost for section in sections for cost in section.costs):
        stored = f"{number(cost.store_bytes)}" if cost.store_bytes else ""
        stored += f" ({number(cost.answer_bytes)})" if cost.answer_bytes else ""
        rows.append(f"| {cost.work} | {cost.program} | {cost.user_us + cost.system_us:.2f} "
                    f"({cost.user_us:.2f} + {cost.system_us:.2f}) | {cost.peak_rss / MIB:.1f} | "
                    f"{stored} | {number(cost.calls)} |")
    return rows


def step_table(sections):
    return ["| step | us | CPU, us |", "|---|--:|--:|",
            *(f"| {step.name} | {step.wall_us:.3f} | {step.cpu_us:.3f} |"
              for section in sections for step in section.steps)]


def origins(sections):
    """What it was measured on; one line where all of it was measured in one run."""
    words, loads = {}, []
    for name, section in sections.items():
        words.setdefault(machine.in_words(section.machine), []).append(f"`{name}`")
        loads.append(f"`{name}` {section.machine['load_at_start']}")
    lines = [f"{', '.join(names) if len(words) > 1 else 'All'}: {where}.  " for where, names in words.items()]
    return [*lines, f"Load of the machine (one minute's average) as each began: {', '.join(loads)}."]


def tables(sections):
    found = list(sections.values())
    lines = [*origins(sections), "", *results_table(found), "", *cost_table(found)]
    if any(section.steps for section in found):
        lines += ["", *step_table(found)]
    lines += ["", *(f"- `{name}`: {note}" for name, section in sections.items() for note in section.notes),
              "", "![what a row or a job costs against their number](cost.svg)"]
    return "\n".join(lines) + "\n"


def publish(sections):
    """`sections`: name -> report.Section, in order."""
    readme = HERE / "README.md"
    before, rest = readme.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    readme.write_text(f"{before}{BEGIN}\n{tables(sections)}{END}{after}", encoding="utf-8")
    (HERE / "cost.svg").write_text(plot.draw(sections), encoding="utf-8")
