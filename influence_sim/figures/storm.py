"""Pictures of one firestorm: its hours, its largest cascade, and where in the network it burned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from influence_sim.core.bursts import WINDOW_HOURS
from influence_sim.core.messages import Kind
from influence_sim.experiment.storm import Storm
from influence_sim.figures.crowd import crowd, draw_crowd
from influence_sim.figures.style import AGAINST, COLOURS, INK, PALE, attitudes, in_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_SHOWN = 800
"""People in the picture of the network."""
_HOURS = (0, 1, 2, 4, 8, 16, 24, 48, 72, 120, 240, 480)


def hours(storm: Storm) -> Figure:
    """Draw negative posts and shares hour by hour, with the company's replies below them."""
    from influence_sim.figures.drawing import Drawing

    with in_style():
        figure = Drawing(figsize=(10.0, 3.4))
        panel, replies = figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": [5, 1]})
        day = storm.hours / 24
        panel.bar(day, storm.volume, width=1 / 24, align="edge", color=AGAINST)
        panel.axhline(storm.expected, color=INK, lw=0.9, ls="--", label="expected before it")
        end = storm.hours[-1] + 1 if np.isnan(storm.ended) else storm.ended + 1
        panel.axvspan(storm.began / 24, end / 24, color="#777777", alpha=0.13, lw=0, zorder=0)
        panel.axvline((storm.broke_out + 1) / 24, color=INK, lw=0.9, ls=":", label="noticed")
        worst = ((storm.peak - WINDOW_HOURS) / 24, storm.peak / 24)
        panel.axvspan(*worst, color=COLOURS[1], alpha=0.35, lw=0, zorder=0, label="worst six hours")
        panel.set_title("negative posts and shares an hour (grey: the storm)")
        figure.legend(loc="outside upper right", ncols=3, fontsize=8)
        for row, times in enumerate((storm.public_replies, storm.private_replies)):
            replies.plot(times / 24, np.full(times.size, row), "|", color=COLOURS[(0, 2)[row]], ms=9, mew=1.2)
            replies.text(1.005, row, str(times.size), transform=replies.get_yaxis_transform(), va="center", fontsize=8)
        replies.set_yticks([0, 1], ["replies in public", "in private"], fontsize=8)
        replies.set_ylim(1.6, -0.6)
        replies.set_xlabel("day of the comparison")
        replies.set_xlim(day[0], day[-1] + 1 / 24)
    return figure


def tree(storm: Storm) -> Figure:
    """Draw the largest cascade: each dot a post or share, to the right of the one that it passes on, by its hour."""
    import igraph
    from matplotlib.collections import LineCollection

    from influence_sim.figures.drawing import Drawing

    members = storm.largest_tree
    place = {int(member): number for number, member in enumerate(members)}
    parent = np.array([place.get(int(storm.messages["parent"][member]), -1) for member in members])
    born = storm.messages["born"][members]
    links = np.flatnonzero(parent >= 0)
    with in_style():
        figure = Drawing(figsize=(10.0, min(2.0 + 0.025 * len(members), 5.0)))
        panel = figure.subplots()
        net = igraph.Graph(len(members), list(zip(parent[links].tolist(), links.tolist(), strict=True)))
        roots = np.flatnonzero(parent < 0).tolist()
        up = np.array(net.layout_reingold_tilford(root=roots).coords)[:, 0]
        x = (born - born[0]).astype(float)
        lines = [[(x[parent[k]], up[parent[k]]), (x[k], up[k])] for k in links]
        panel.add_collection(LineCollection(lines, colors=PALE, linewidths=0.9, zorder=1))
        followers = np.diff(storm.graph.offsets)[storm.messages["author"][members]]
        shares = storm.messages["kind"][members] == Kind.SHARE
        size = 14 + 6 * np.sqrt(followers)
        before = storm.messages["before"][members]
        faces = np.where(before, "white", np.where(shares, AGAINST, INK))
        edges = np.where(shares, AGAINST, INK)
        for kind, marker, more in ((shares, "o", 0), (~shares, "s", 30)):
            panel.scatter(
                x[kind], up[kind], s=size[kind] + more, c=faces[kind], ec=edges[kind], marker=marker, zorder=2
            )
        # Most shares come within hours, a few after days.
        panel.set_xscale("function", functions=(np.log1p, np.expm1))
        panel.set_xticks([hour for hour in _HOURS if hour <= max(x.max(), 1)])
        panel.set_yticks([])
        panel.spines["left"].set_visible(False)
        panel.set_xlabel("hours since the post (square: the post, dots: shares; larger: larger audience)")
        panel.margins(0.03)
    return figure


def burned(storm: Storm) -> Figure:
    """Draw people of the network just before the storm, at its worst and afterwards, coloured by attitude."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    from influence_sim.figures.drawing import Drawing

    shown = crowd(storm.graph, MOST_SHOWN, around=storm.voices)
    views = [moment.attitude[shown.people] for moment in storm.moments]
    reach = max(float(np.quantile(np.abs(np.concatenate(views)), 0.95)), 0.05)
    with in_style():
        figure = Drawing(figsize=(10.0, 4.7))
        panels = figure.subplots(1, len(views))
        for panel, moment, view in zip(panels, storm.moments, views, strict=True):
            draw_crowd(panel, shown, view, moment.against[shown.people], reach=reach)
            panel.set_title(f"{moment.title}: day {moment.hour / 24:.1f}\n{moment.against.sum():,} against it by then")
        scale = ScalarMappable(Normalize(-reach, reach), attitudes())
        bar = figure.colorbar(
            scale, ax=panels, orientation="horizontal", fraction=0.05, aspect=50, pad=0.02, extend="both"
        )
        bar.set_label("attitude to the company (triangles: spoke or shared against it since the storm began)")
        bar.ax.xaxis.label.set_fontsize(8)
        bar.outline.set_visible(False)
    return figure
