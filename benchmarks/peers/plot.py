"""Time against size, a panel for each work, with the line that the memory's speed draws."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.peers.comparing import Row
from benchmarks.peers.works import LONG

OURS = "influence_sim"
MEMORY = "memory's speed"
COLUMNS = 4


def draw(rows: list[Row], file: Path, title: str) -> None:
    """Write the plot of all works on graphs."""
    works = list(dict.fromkeys(row.work for row in rows if row.work not in LONG))
    if not works:
        return
    across = min(COLUMNS, len(works))
    down = -(-len(works) // across)
    figure = Figure(figsize=(max(3 * across, 6), 2.6 * down + 1), layout="constrained")
    panels = figure.subplots(down, across, squeeze=False).ravel()
    styles = _styles(rows)
    for panel, work in zip(panels, works, strict=False):
        _panel(panel, [row for row in rows if row.work == work and row.agree], styles)
        panel.set_title(work, fontsize=10)
        panel.set_xlabel("nodes", fontsize=8)
    for panel in panels[len(works) :]:
        panel.set_axis_off()
    figure.supylabel("milliseconds for one run", fontsize=10)
    figure.suptitle(title, fontsize=10)
    lines = {line.get_label(): line for panel in panels for line in panel.get_lines()}
    figure.legend(lines.values(), lines.keys(), loc="outside lower center", ncols=5, fontsize=9, frameon=False)
    figure.savefig(file)


def _styles(rows: list[Row]) -> dict[str, dict[str, Any]]:
    """Return a style for each line, the same in all panels."""
    colours = mpl.color_sequences["tab10"][1:]
    peers = dict.fromkeys(row.peer for row in rows)
    found = {peer: {"color": colours[number % len(colours)], "lw": 1} for number, peer in enumerate(peers)}
    return found | {OURS: {"color": "black", "lw": 2}, MEMORY: {"color": "grey", "ls": "--", "lw": 1, "marker": ""}}


def _panel(panel: Axes, rows: list[Row], styles: dict[str, dict[str, Any]]) -> None:
    """Draw the lines of a work; several runs count as their mean."""
    points: dict[str, dict[int, list[float]]] = {}
    for row in rows:
        for name, value in ((row.peer, row.peer_ms), (OURS, row.ours_ms), (MEMORY, row.memory_ms)):
            if value is not None:
                points.setdefault(name, {}).setdefault(row.size, []).append(value / row.replicates)
    for name, found in points.items():
        line = {"marker": "o", "ms": 3, "label": name} | styles[name]
        panel.plot(sorted(found), [median(found[size]) for size in sorted(found)], **line)
    panel.set_xscale("log")
    panel.set_yscale("log")
    panel.tick_params(labelsize=8)
    panel.grid(alpha=0.3)
