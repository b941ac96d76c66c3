"""Pictures of sensitivity: how far a difference moves when an assumption does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from influence_sim.experiment.importance import Method, Sensitivity
from influence_sim.figures.style import COLOURS, INK, in_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_BARS = 12


def importance(studies: Sequence[Sensitivity]) -> Figure:
    """Draw the keys that matter most, a panel per study: filled where they surely matter."""
    from influence_sim.figures.drawing import Drawing

    columns = min(len(studies), 2)
    rows = -(-len(studies) // columns)
    bars = max(min(len(found.importances), MOST_BARS) for found in studies)
    with in_style():
        figure = Drawing(figsize=(5.2 * columns if columns > 1 else 8.0, rows * (0.9 + 0.24 * bars)))
        panels = figure.subplots(rows, columns, squeeze=False).ravel()
        for panel in panels[len(studies) :]:
            panel.set_axis_off()
        for panel, found in zip(panels, studies, strict=False):
            _bars(panel, found)
    return figure


def _bars(panel: Axes, found: Sensitivity) -> None:
    # What surely matters is shown, however small.
    ranked = sorted(found.importances, key=lambda one: not one.is_sure)[:MOST_BARS]
    shown = [one for one in found.importances if one in ranked]
    for row, one in enumerate(shown):
        main = one.main
        face = COLOURS[0] if one.is_sure else "white"
        panel.barh(row, main.mean, color=face, edgecolor=COLOURS[0], height=0.7)
        if np.isfinite([main.low, main.high]).all():
            panel.plot([main.low, main.high], [row, row], color=INK, lw=1)
        if np.isfinite(one.chance):
            panel.plot([one.chance] * 2, [row - 0.4, row + 0.4], color=INK, lw=1.2, ls=":")
    panel.set_yticks(range(len(shown)), [one.factor.key.removeprefix("parameters.") for one in shown], fontsize=8)
    panel.invert_yaxis()
    panel.xaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")
    panel.locator_params(axis="x", nbins=5)
    unit = f", {found.unit}" if found.unit else ""
    panel.set_title(found.output if found.method is Method.MORRIS else f"{found.output}: share of variance")
    panel.set_xlabel(f"change across the range{unit}" if found.method is Method.MORRIS else "with all others (total)")
