# SPDX-License-Identifier: MIT
"""What the comparisons found: printed as it comes, and kept in a JSON file, a section a comparison."""
import dataclasses
import json
from typing import Optional

import rounds

MIB = 1 << 20


@dataclasses.dataclass
class Line:
    """One comparison, or one bound."""
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
class Cost:
    """What a program needed for a job (a request, a row), medians."""
    work: str
    program: str
    user_us: float
    system_us: float
    peak_rss: int
    wall_s: float
    store_bytes: Optional[float] = None    # a job
    answer_bytes: Optional[float] = None   # of these
    calls: Optional[float] = None          # system calls a job, by strace -c in a run of its own


@dataclasses.dataclass
class Step:
    """A microbenchmark: one job, row or request through one step, in microseconds."""
    name: str
    wall_us: float
    cpu_us: float


@dataclasses.dataclass
class Section:
    """All that one comparison found."""
    machine: dict
    lines: list = dataclasses.field(default_factory=list)
    costs: list = dataclasses.field(default_factory=list)
    steps: list = dataclasses.field(default_factory=list)
    notes: list = dataclasses.field(default_factory=list)
    series: dict = dataclasses.field(default_factory=dict)  # name -> {size: us a row}

    @staticmethod
    def from_json(kept):
        return Section(kept["machine"], [Line(**v) for v in kept["lines"]],
                       [Cost(**v) for v in kept["costs"]], [Step(**v) for v in kept["steps"]],
                       kept["notes"], kept["series"])


def number(value):
    if value is None:
        return ""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


class Report:
    def __init__(self, quick, out):
        self.quick, self.out = quick, out
        self.sections = {}
        self.section = None

    def begin(self, name, machine):
        self.section = self.sections[name] = Section(machine)

    def pairs(self, what, unit, ours, peer, theirs, at_least=None, at_most=None):
        """Compares pairs."""
        parts = rounds.ratios(ours, theirs)
        self._judge(Line(what, unit, rounds.median(ours), peer, rounds.median(theirs),
                         rounds.median(parts), (min(parts), max(parts)), pairs=len(parts)),
                    rounds.median(parts), at_least, at_most, "")

    def bound(self, what, unit, value, at_least=None, at_most=None, times=1):
        """Holds a figure of dogged's own against a bound. `times`: how often it was measured."""
        self._judge(Line(what, unit, value, pairs=times), value, at_least, at_most, f" {unit}")

    def _judge(self, line, value, at_least, at_most, unit):
        if at_least is not None:
            line.target, line.met = f"at least {number(at_least)}{unit}", value >= at_least
        if at_most is not None:
            line.target, line.met = f"at most {number(at_most)}{unit}", value <= at_most
        if self.quick:
            line.met = None
        self.section.lines.append(line)
        self._say(describe(line))

    def cost(self, work, program, runs, jobs, **more):
        """`runs`: of program.Ran; `jobs(run)`: how many it did."""
        user, system = (rounds.median([1e6 * part(r) / jobs(r) for r in runs])
                        for part in (lambda r: r.user, lambda r: r.system))
        cost = Cost(work, program, user, system, max(r.peak_rss for r in runs),
                    rounds.median([r.wall for r in runs]), **more)
        self.section.costs.append(cost)
        stored = f", {cost.store_bytes:,.0f} bytes stored a job" if cost.store_bytes else ""
        stored += f" for an answer of {cost.answer_bytes:,.0f}" if cost.answer_bytes else ""
        self._say(f"{program}: CPU {user:.2f} + {system:.2f} us a job, peak RSS "
                  f"{cost.peak_rss / MIB:.1f} MiB, {cost.wall_s:.2f} s{stored}")

    def step(self, name, wall_us, cpu_us):
        self.section.steps.append(Step(name, wall_us, cpu_us))
        self._say(f"{name}: {wall_us:.3f} us, CPU {cpu_us:.3f} us")

    def point(self, series, size, microseconds):
        self.section.series.setdefault(series, {})[str(size)] = microseconds

    def note(self, text):
        self.section.notes.append(text)
        self._say(text)

    def _say(self, text):
        print("  " + text, file=self.out, flush=True)

    def take_over(self, path):
        """Sections of an earlier run that this one did not make anew."""
        try:
            kept = json.loads(path.read_text())
            if kept["quick"] == self.quick:
                for name, section in kept["sections"].items():
                    self.sections.setdefault(name, Section.from_json(section))
        except (OSError, ValueError, KeyError, TypeError) as error:
            if not isinstance(error, FileNotFoundError):
                print(f"{path}: not ours, not taken over: {error}", file=self.out)

    def write_json(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        sections = {name: dataclasses.asdict(section) for name, section in self.sections.items()}
        path.write_text(json.dumps({"quick": self.quick, "sections": sections}, indent=1) + "\n")


def describe(line):
    text = f"{line.what}: {number(line.ours)} {line.unit}"
    if line.peer:
        text += (f"; {line.peer} {number(line.theirs)}; ratio {line.ratio:.2f}"
                 f" ({line.spread[0]:.2f} to {line.spread[1]:.2f} in {line.pairs})")
    if line.target:
        text += f"; target {line.target}" + (f": {verdict(line)}" if line.met is not None else "")
    return text


def verdict(line):
    return {True: "met", False: "NOT MET", None: ""}[line.met]
