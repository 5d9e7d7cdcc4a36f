# SPDX-License-Identifier: MIT
"""What the comparisons found: kept for the JSON file, printed as it comes, and as tables."""
import dataclasses
import json
from typing import Optional

import rounds

MIB = 1 << 20


@dataclasses.dataclass
class Line:
    """One comparison, or one bound."""
    comparison: str
    what: str
    unit: str
    ours: float
    peer: Optional[str] = None
    theirs: Optional[float] = None
    ratio: Optional[float] = None          # the median of the pairs' ratios
    spread: Optional[tuple] = None         # the lowest and the highest of them
    target: Optional[str] = None           # "at least 0.5"
    met: Optional[bool] = None             # nothing: not judged
    pairs: int = 1


@dataclasses.dataclass
class Step:
    """A microbenchmark: one job, row or request through one step, in microseconds."""
    name: str
    wall_us: float
    cpu_us: float


@dataclasses.dataclass
class Cost:
    """What a program needed for a job (a request, a row), medians."""
    comparison: str
    program: str
    user_us: float
    system_us: float
    peak_rss: int
    wall_s: float
    store_bytes: Optional[float] = None    # a job
    answer_bytes: Optional[float] = None   # of these
    calls: Optional[float] = None          # system calls a job, by strace -c in a run of its own


def number(value):
    if value is None:
        return ""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


class Report:
    def __init__(self, machine, quick, out):
        self.machine, self.quick, self.out = machine, quick, out
        self.lines, self.costs, self.steps, self.notes = [], [], [], []
        self.series = {}  # name -> {size: us a row}

    def pairs(self, comparison, what, unit, ours, peer, theirs, at_least=None, at_most=None,
              inverse=False):
        """Compares pairs. `inverse`: the figures are times, and the ratio is theirs by ours."""
        parts = rounds.ratios(theirs, ours) if inverse else rounds.ratios(ours, theirs)
        self._judge(Line(comparison, what, unit, rounds.median(ours), peer, rounds.median(theirs),
                         rounds.median(parts), (min(parts), max(parts)), pairs=len(parts)),
                    rounds.median(parts), at_least, at_most, "")

    def bound(self, comparison, what, unit, value, at_least=None, at_most=None, rounds_made=1):
        """Holds a figure of dogged's own against a bound."""
        self._judge(Line(comparison, what, unit, value, pairs=rounds_made), value, at_least, at_most,
                    f" {unit}")

    def _judge(self, line, value, at_least, at_most, unit):
        if at_least is not None:
            line.target, line.met = f"at least {number(at_least)}{unit}", value >= at_least
        if at_most is not None:
            line.target, line.met = f"at most {number(at_most)}{unit}", value <= at_most
        if self.quick:
            line.met = None
        self.lines.append(line)
        print("  " + describe(line), file=self.out, flush=True)

    def cost(self, comparison, program, runs, jobs, **more):
        cost = Cost(comparison, program, *(rounds.median([1e6 * part(r) / jobs(r) for r in runs])
                                           for part in (lambda r: r.user, lambda r: r.system)),
                    max(r.peak_rss for r in runs), rounds.median([r.wall for r in runs]), **more)
        self.costs.append(cost)
        print(f"  {program}: CPU {cost.user_us:.2f} + {cost.system_us:.2f} us a job, "
              f"peak RSS {cost.peak_rss / MIB:.1f} MiB, {cost.wall_s:.2f} s", file=self.out, flush=True)
        return cost

    def step(self, name, wall_us, cpu_us):
        self.steps.append(Step(name, wall_us, cpu_us))
        print(f"  {name}: {wall_us:.3f} us, CPU {cpu_us:.3f} us", file=self.out, flush=True)

    def point(self, series, size, microseconds):
        self.series.setdefault(series, {})[size] = microseconds

    def note(self, text):
        self.notes.append(text)
        print(f"  {text}", file=self.out, flush=True)

    def as_json(self):
        return {"machine": self.machine, "quick": self.quick,
                "lines": [dataclasses.asdict(line) for line in self.lines],
                "costs": [dataclasses.asdict(cost) for cost in self.costs],
                "steps": [dataclasses.asdict(step) for step in self.steps],
                "series": self.series, "notes": self.notes}

    def write_json(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.as_json(), indent=1) + "\n")

    def missed(self):
        return [line for line in self.lines if line.met is False]


def verdict(line):
    return {True: "met", False: "NOT MET", None: ""}[line.met]


def describe(line):
    text = f"{line.what}: {number(line.ours)} {line.unit}"
    if line.peer:
        text += (f"; {line.peer} {number(line.theirs)}; ratio {line.ratio:.2f}"
                 f" ({line.spread[0]:.2f} to {line.spread[1]:.2f} in {line.pairs} pairs)")
    if line.target:
        text += f"; target {line.target}" + (f": {verdict(line)}" if line.met is not None else "")
    return text


def results_table(lines):
    rows = ["| work | dogged | peer | ratio | target | |", "|---|--:|--:|--:|---|---|"]
    for line in lines:
        peer = f"{line.peer}: {number(line.theirs)}" if line.peer else ""
        ratio = f"{line.ratio:.2f} ({line.spread[0]:.2f}-{line.spread[1]:.2f})" if line.peer else ""
        rows.append(f"| {line.what} | {number(line.ours)} {line.unit} | {peer} | {ratio} | "
                    f"{line.target or ''} | {verdict(line)} |")
    return rows


def cost_table(costs):
    rows = ["| work | program | CPU, us a job (user + system) | peak RSS, MiB | "
            "bytes stored a job (of answer) | system calls a job |",
            "|---|---|--:|--:|--:|--:|"]
    for cost in costs:
        stored = f"{number(cost.store_bytes)}" if cost.store_bytes else ""
        stored += f" ({number(cost.answer_bytes)})" if cost.answer_bytes else ""
        rows.append(f"| {cost.comparison} | {cost.program} | {cost.user_us + cost.system_us:.2f} "
                    f"({cost.user_us:.2f} + {cost.system_us:.2f}) | {cost.peak_rss / MIB:.1f} | "
                    f"{stored} | {number(cost.calls)} |")
    return rows


def step_table(steps):
    return ["| step | us | CPU, us |", "|---|--:|--:|",
            *(f"| {step.name} | {step.wall_us:.3f} | {step.cpu_us:.3f} |" for step in steps)]
