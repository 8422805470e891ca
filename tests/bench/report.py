"""Results of a benchmark and how they are printed: aligned tables of medians and spread, targets with a verdict."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field


def quantile(values: Sequence[float], share: float) -> float:
    """The quantile of `values` at `share` (0.99: the 99th percentile)."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def number(value: float) -> str:
    """A figure with three significant digits."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def spread(values: Sequence[float], unit: str = "") -> str:
    """The median of repeated runs, with their minimum and maximum."""
    unit = f" {unit}" if unit else ""
    if len(values) == 1:
        return f"{number(values[0])}{unit}"
    return f"{number(statistics.median(values))}{unit} ({number(min(values))} to {number(max(values))})"


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Our time divided by theirs: the median over pairs of runs that were made one after the other."""
    return statistics.median(mine / other for mine, other in zip(ours, theirs, strict=True))


def times(ours: Sequence[float], theirs: Sequence[float]) -> str:
    """The same ratio as text: `1.22x`."""
    return f"{ratio(ours, theirs):.2f}x"


@dataclass(frozen=True)
class Target:
    """A goal in words, the measured value, and whether it meets the goal."""

    words: str
    measured: str
    met: bool

    def __str__(self) -> str:
        return f"{'met' if self.met else 'NOT MET'}: {self.words}; measured: {self.measured}"


@dataclass(frozen=True)
class Section:
    """The figures of one benchmark.

    Attributes:
        words: what was measured and how. notes: further figures.
    """

    title: str
    words: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    targets: Sequence[Target] = ()
    notes: Sequence[str] = field(default_factory=tuple)

    def markdown(self) -> str:
        """As a section of a page; readable as it is in a terminal, too."""
        lines = [f"### {self.title}", "", self.words, ""]
        table = [list(self.header), *(list(row) for row in self.rows)]
        widths = [max(len(row[column]) for row in table) for column in range(len(self.header))]
        for index, row in enumerate(table):
            lines.append("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |")
            if index == 0:
                lines.append("|" + "|".join("-" * (width + 2) for width in widths) + "|")
        if self.notes or self.targets:
            lines.append("")
        lines += [f"- {note}" for note in self.notes]
        lines += [f"- **Target** {target}" for target in self.targets]
        return "\n".join(lines) + "\n"
