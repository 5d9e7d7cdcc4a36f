#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draws what a row or a job costs against how many there are. scripts/bench --publish writes the
picture beside its tables; this does from the results of any run:

    tests/bench/plot.py build/bench/results.json > cost.svg

A panel a work, a line a program: microseconds of wall time each, from zero; sizes on a logarithmic
scale. Flat is good, and low."""
import html
import json
import math
import sys

import report

WIDTH, LEFT, RIGHT, TOP, PANEL, GAP, BOTTOM = 760, 64, 170, 64, 130, 46, 40
SERIES = ("dogged", "peer")
THEMES = {  # paper, ink, soft ink, grid, dogged, peer
    "light": ("#ffffff", "#1f2328", "#59636e", "#d9dee3", "#2a6fd6", "#b35c00"),
    "dark": ("#0f1419", "#e6edf3", "#9aa5b1", "#2b333c", "#64a1ff", "#f0a04b")}


def rules(theme):
    paper, ink, soft, grid, dogged, peer = THEMES[theme]
    return f"""text {{ fill: {soft}; }} .name {{ fill: {ink}; }} .paper {{ fill: {paper}; }}
.grid {{ stroke: {grid}; }} path.dogged {{ stroke: {dogged}; }} path.peer {{ stroke: {peer}; }}
circle.dogged {{ fill: {dogged}; }} circle.peer {{ fill: {peer}; }}
path {{ fill: none; }}"""


def style():
    return f"""<style>
text {{ font: 12px system-ui, sans-serif; }} .title {{ font-size: 16px; font-weight: 600; }}
path {{ stroke-width: 1.8; stroke-linejoin: round; }} path.grid {{ stroke-width: 1; }}
{rules("light")}
@media (prefers-color-scheme: dark) {{
{rules("dark")}
}}
</style>"""


def panels_of(sections):
    """work -> program -> [(size, us)], of those with more than one size."""
    panels, series = {}, {}
    for section in sections.values():
        for name, points in section.series.items():
            series.setdefault(name, {}).update(points)
    for name, points in series.items():
        work, _, program = name.partition(": ")
        if len(points) > 1:
            sizes = sorted((int(size), us) for size, us in points.items())
            panels.setdefault(work, {})[program] = sizes
    return panels


def nice_step(top):
    raw = top / 3
    unit = 10 ** math.floor(math.log10(raw))
    return next(m * unit for m in (1, 2, 5, 10) if m * unit >= raw * 0.999)


def size_text(size):
    return f"{size // 1_000_000}M" if size >= 1_000_000 else f"{size // 1_000}k" if size >= 1_000 else str(size)


class Panel:
    def __init__(self, work, lines, y, span):
        self.work, self.lines, self.y, self.span = work, lines, y, span
        most = max(us for points in lines.values() for _, us in points)
        self.step = nice_step(most * 1.05)
        self.top = self.step * math.ceil(most * 1.05 / self.step)

    def x(self, size):
        low, high = (math.log10(v) for v in self.span)
        return LEFT + (WIDTH - LEFT - RIGHT) * (math.log10(size) - low) / max(high - low, 1e-9)

    def level(self, us):
        return self.y + PANEL * (1 - us / self.top)

    def draw(self):
        out = [f'<text class="name" x="{LEFT}" y="{self.y - 10}">{html.escape(self.work)}, us each</text>']
        for i in range(round(self.top / self.step) + 1):
            y = self.level(i * self.step)
            out.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>'
                       f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{i * self.step:g}</text>')
        size = self.span[0]
        while size <= self.span[1]:
            x = self.x(size)
            out.append(f'<path class="grid" d="M{x:.1f} {self.y}V{self.y + PANEL}"/><text x="{x:.1f}" '
                       f'y="{self.y + PANEL + 18}" text-anchor="middle">{size_text(size)}</text>')
            size *= 10
        for program, points in self.lines.items():
            kind = SERIES[program != "dogged"]
            path = "L".join(f"{self.x(size):.1f} {self.level(us):.1f}" for size, us in points)
            out.append(f'<path class="{kind}" d="M{path}"/>')
            out += [f'<circle class="{kind}" cx="{self.x(size):.1f}" cy="{self.level(us):.1f}" r="3"/>'
                    for size, us in points]
        return out + self.names()

    def names(self):
        """Each line's name behind its end, kept apart."""
        ends = sorted((self.level(points[-1][1]), program, points[-1]) for program, points in
                      self.lines.items())
        out, above = [], -math.inf
        for y, program, (size, us) in ends:
            above = max(y + 4, above + 15)
            out.append(f'<text class="name" x="{self.x(size) + 8:.1f}" y="{above:.1f}">'
                       f'{html.escape(program)} {us:.2g}</text>')
        return out


def caption_of(sections):
    machines = [section.machine for section in sections.values() if section.series]
    return "; ".join(dict.fromkeys(f"{m['cpu']}, {m['cores']} cores, {m['date'][:10]}" for m in machines))


def draw(sections):
    """`sections`: name -> report.Section."""
    panels = panels_of(sections)
    sizes = [size for lines in panels.values() for points in lines.values() for size, _ in points]
    span = (10 ** math.floor(math.log10(min(sizes))), max(sizes)) if sizes else (1, 10)
    height = TOP + len(panels) * (PANEL + GAP) + BOTTOM - 20
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
             'aria-label="Cost of a row or a job against their number">', style(),
             f'<rect class="paper" width="{WIDTH}" height="{height}"/>',
             f'<text class="name title" x="{LEFT}" y="26">What one costs, by how many there are</text>']
    for i, (work, lines) in enumerate(panels.items()):
        parts += Panel(work, lines, TOP + i * (PANEL + GAP), span).draw()
    parts += [f'<text x="{LEFT}" y="{height - 10}">{html.escape(caption_of(sections))}</text>', "</svg>"]
    return "\n".join(parts) + "\n"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        sections = json.load(file)["sections"]
    sys.stdout.write(draw({name: report.Section.from_json(kept) for name, kept in sections.items()}))


if __name__ == "__main__":
    main()
