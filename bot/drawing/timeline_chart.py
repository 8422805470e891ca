"""Draws a timeline with matplotlib: a chart as JSON from standard input becomes a PNG on standard output.

A script for a process of its own. The picture is a column for a phone: each step has its words above its bar.
"""

from __future__ import annotations

import io
import json
import sys
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import font_manager
from matplotlib import pyplot as plt
from matplotlib.patches import Patch, Rectangle

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

#: Inches and dots: 1,080 pixels wide, which a phone shows at a third.
_WIDTH, _DOTS = 6.0, 180
_HEAD, _ROW, _FOOT = 1.02, 0.56, 1.28
_SIDE = 0.03
_INK, _SOFT, _LINE, _NOW = "#1d1c1d", "#5c5a5e", "#dcdbde", "#b3261e"
#: Kind of a bar -> color, pattern and words of the legend; told apart without colors, too.
_BARS = {
    "act": ("#1264a3", "", "your turn"),
    "wait": ("#e8a33d", "", "waiting"),
    "late": ("#b3261e", "xxx", "overdue"),
    "sure": ("#b9d3e8", "", "expected"),
    "maybe": ("#eef4f9", "///", "at the latest"),
}
_MOST_TICKS = 5
#: Fonts that have what DejaVu lacks.
_OTHER_SCRIPTS = ("Noto Sans CJK JP", "Noto Sans CJK SC", "Noto Sans", "Arial Unicode MS", "Hiragino Sans")


def main() -> None:
    """Read, draw, write."""
    chart = json.load(sys.stdin)
    made = io.BytesIO()
    figure = draw(chart)
    figure.savefig(made, format="png", dpi=_DOTS, facecolor="white")
    sys.stdout.buffer.write(made.getvalue())


def draw(chart: dict[str, Any]) -> Figure:
    """The figure of a chart."""
    plt.rcParams.update({"font.family": _families(), "text.parse_math": False, "hatch.linewidth": 0.6})
    rows, height = chart["rows"], _HEAD + _ROW * len(chart["rows"]) + _FOOT
    figure = plt.figure(figsize=(_WIDTH, height))
    title = figure.text(_SIDE, 1 - 0.30 / height, chart["title"], size=19, weight="bold", color=_INK, va="center")
    figure.text(_SIDE, 1 - 0.64 / height, chart["subtitle"], size=12.5, color=_SOFT, va="center")
    foot = figure.text(_SIDE, 0.24 / height, chart["foot"], size=13, weight="bold", color=_INK, va="center")
    for text in (title, foot):
        _shrink(figure, text, _WIDTH * figure.dpi * (1 - _SIDE))
    axes = figure.add_axes((_SIDE, _FOOT / height, 1 - 2 * _SIDE, _ROW * len(rows) / height))
    axes.set_ylim(len(rows), 0)
    first, last = _range(chart)
    axes.set_xlim(first, last)
    for number, row in enumerate(rows):
        _draw_row(figure, axes, number, row)
    _draw_days(axes, chart["zone"], first, last)
    axes.axvline(chart["now"], color=_NOW, linewidth=1.6, zorder=1)
    share = (chart["now"] - first) / (last - first)
    side = "left" if share < 0.1 else "right" if share > 0.9 else "center"
    axes.text(chart["now"], -0.06, "now", size=12, color=_NOW, ha=side, va="bottom", weight="bold")
    shown = {kind for row in rows for kind, _, _ in row["bars"]}
    patches = [
        Patch(facecolor=color, hatch=hatch, edgecolor=_SOFT if hatch else color, label=words)
        for kind, (color, hatch, words) in _BARS.items()
        if kind in shown
    ]
    if patches:
        figure.legend(
            handles=patches, loc="lower left", bbox_to_anchor=(_SIDE - 0.012, 0.42 / height), ncols=len(patches),
            frameon=False, fontsize=11, handlelength=1.1, handletextpad=0.4, columnspacing=1.0,
        )  # fmt: skip
    return figure


def _range(chart: dict[str, Any]) -> tuple[float, float]:
    """The instants at the two sides: all bars and now, with a little room."""
    ends = [chart["now"], *(at for row in chart["rows"] for _, *both in row["bars"] for at in both)]
    room = max((max(ends) - min(ends)) * 0.02, 43_200)
    return min(ends) - room, max(ends) + room


def _draw_row(figure: Figure, axes: Axes, number: int, row: dict[str, Any]) -> None:
    over = row["state"] in ("done", "skipped", "locked")
    color = _SOFT if over else _INK
    axes.axhline(number + 1, color=_LINE, linewidth=0.8, zorder=0)
    left = axes.text(0, 0, row["title"], size=13, color=color, va="center", weight="normal" if over else "bold")
    right = axes.text(0, 0, row["note"], size=12, color=color, va="center", ha="right")
    for text, at in ((left, 0.0), (right, 1.0)):
        text.set_transform(axes.get_yaxis_transform())
        text.set_position((at, number + 0.3))
        text.set_zorder(3)
        text.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 0.6})
    _shrink(figure, left, right.get_window_extent(_renderer(figure)).x0 - 10)
    for kind, begins, ends in row["bars"]:
        fill, hatch, _ = _BARS[kind]
        wide = max(ends - begins, (axes.get_xlim()[1] - axes.get_xlim()[0]) * 0.006)
        edge = _SOFT if hatch else fill
        axes.add_patch(
            Rectangle((begins, number + 0.58), wide, 0.3, facecolor=fill, hatch=hatch, edgecolor=edge, linewidth=0.6)
        )


def _shrink(figure: Figure, text: Text, end: float) -> None:
    """Make a text smaller until it ends before a pixel."""
    extent = text.get_window_extent(_renderer(figure))
    if extent.x1 > end:
        text.set_fontsize(max(7.0, text.get_fontsize() * (end - extent.x0) / extent.width))


def _renderer(figure: Figure) -> Any:
    return figure.canvas.get_renderer()  # type: ignore[attr-defined]  # Agg's canvas has one


def _families() -> list[str]:
    """The fonts for names in many scripts, as far as this machine has them."""
    known = {font.name for font in font_manager.fontManager.ttflist}
    return ["DejaVu Sans", *(name for name in _OTHER_SCRIPTS if name in known)]


def _draw_days(axes: Axes, zone: str, first: float, last: float) -> None:
    """Days below the chart, at midnight of the zone, as many as there is room for."""
    local = ZoneInfo(zone)
    begin, end = (datetime.fromtimestamp(at, local) for at in (first, last))
    days = max((end - begin).days, 1)
    step = next((each for each in (1, 2, 7, 14, 28, 56, 91, 182) if days / each <= _MOST_TICKS), days)
    at = datetime(begin.year, begin.month, begin.day, tzinfo=local) + timedelta(days=1)
    ticks = []
    while at <= end:
        if 0.05 < (at.timestamp() - first) / (last - first) < 0.95:  # a label at the edge would be cut
            ticks.append(at)
        at += timedelta(days=step)
    axes.set_xticks([tick.timestamp() for tick in ticks], [f"{tick:%b} {tick.day}" for tick in ticks])
    axes.tick_params(axis="x", labelsize=12, labelcolor=_SOFT, color=_LINE, length=4)
    axes.set_yticks([])
    axes.grid(axis="x", color=_LINE, linewidth=0.8, zorder=0)
    axes.set_axisbelow(True)
    for name, spine in axes.spines.items():
        spine.set_visible(name == "bottom")
        spine.set_color(_LINE)


if __name__ == "__main__":
    main()
