"""Phase maps: which strategy wins where."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from influence_sim.experiment.folders import write_whole
from influence_sim.experiment.phases import Phase, PhaseMap
from influence_sim.experiment.plan import Point
from influence_sim.experiment.sequential import LEAST_REPLICATES
from influence_sim.experiment.studies import unit_of
from influence_sim.experiment.weaknesses import is_numeric
from influence_sim.experiment.words import number, signed
from influence_sim.figures.style import COLOURS, check_drawable, encoded, in_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = (".svg", ".png", ".pdf")

_PALEST = 0.25
_MOST_LABELLED = 150
_MOST_PANELS = 12


def check_picture(file: str | Path, points: Sequence[Point], made: Path | None = None) -> None:
    """Learn before a long run whether a map of some points can be drawn to a file.

    Parameters
    ----------
    file
        Where to.
    points
        What will be drawn.
    made
        A folder that will be there by then.

    Raises
    ------
    ValueError
        If not, in one line.
    """
    target = Path(file)
    if target.suffix.lower() not in FORMATS:
        raise ValueError(f"{file}: a picture is one of {', '.join(FORMATS)}")
    if target.is_dir():
        raise ValueError(f"{file}: is a folder, where a file is to be drawn")
    if not target.parent.is_dir():
        if made is None or target.parent.absolute() != made.absolute():
            raise ValueError(f"{file}: there is no folder {target.parent}; make it, or name another")
    elif not os.access(target if target.exists() else target.parent, os.W_OK):
        raise ValueError(f"{file}: may not be written to")
    check_keys(points)
    check_drawable()


def check_keys(points: Sequence[Point]) -> None:
    """Raise a ValueError of one line if a map of these points would have too many dimensions or panels."""
    keys = tuple(points[0])
    if not 1 <= len(keys) <= 3:
        raise ValueError(f"a picture shows one to three keys, not {len(keys)}; the table shows all")
    if len(keys) == 3:
        values = _values(points, keys[2])
        if len(values) > _MOST_PANELS and (_is_grid(points) or not is_numeric(values)):
            raise ValueError(
                f"{keys[2]}: has {len(values)} values; a picture shows up to {_MOST_PANELS} of the third key"
            )


def draw_phases(phases: PhaseMap, file: str | Path) -> None:
    """Draw a phase map: a colour per winner, the deeper the larger its lead; hatched where not told apart.

    Points that fill a grid are drawn as cells, others as dots. A third key makes a panel for each of its values, or for
    each third of its range if the points are samples.

    Raises
    ------
    ValueError
        If the file is no picture or cannot be written to, more than three keys are varied, the third has too many
        values, or matplotlib is missing.
    """
    check_picture(file, _points(phases))
    write_whole(Path(file), encoded(phase_figure(phases), Path(file).suffix.lower().removeprefix(".")))


def phase_figure(phases: PhaseMap) -> Figure:
    """Draw a phase map, as :func:`draw_phases` does, for the caller to go on with.

    Raises
    ------
    ValueError
        If more than three keys are varied, or the third has too many values.
    """
    check_keys(_points(phases))
    with in_style():
        return _drawn(phases)


def _drawn(phases: PhaseMap) -> Figure:
    from influence_sim.figures.drawing import Drawing

    panels = _panels(phases)
    columns = min(len(panels), 3)
    rows = math.ceil(len(panels) / columns)
    width, height = (8.5, 6.2) if len(panels) == 1 else (4.6 * columns + 0.6, 3.9 * rows + 1.7)
    figure = Drawing(figsize=(width, height), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).ravel()
    for panel in axes[len(panels) :]:
        panel.set_axis_off()
    widest = max((abs(phase.lead.mean) for phase in phases.phases if phase.lead.mean == phase.lead.mean), default=0.0)
    for panel, (title, members) in zip(axes, panels, strict=False):
        if _is_grid(_points(phases)):
            _cells(panel, phases, members, widest)
        else:
            _dots(panel, phases, members, widest)
        panel.set_title(title, fontsize=10)
    unit = f" ({phases.measure.unit})" if phases.measure.unit else ""
    better = "most" if phases.measure.better > 0 else "least"
    figure.suptitle(
        f"Which strategy brings {phases.company} the {better} {phases.measure.name}{unit}\n"
        f"{phases.replicates} worlds per point and strategy, paired\n{_how_sure(phases)}",
        fontsize=12,
    )
    _legend(figure, phases, widest)
    return figure


def _how_sure(phases: PhaseMap) -> str:
    """Say what is claimed of all points together."""
    if phases.unjudged == len(phases.phases):
        return f"Too few to tell strategies apart, {LEAST_REPLICATES} are needed"
    return "Of the points told apart at most 5 % are expected not to be so"


def _panels(phases: PhaseMap) -> list[tuple[str, list[Phase]]]:
    """Return panels with their titles: one, or one per value or third of the third key."""
    if len(phases.keys) < 3:
        return [("", list(phases.phases))]
    key = phases.keys[2]
    values = _values(_points(phases), key)
    unit = f"\n({unit_of(key)})" if is_numeric(values) and unit_of(key) else ""
    if _is_grid(_points(phases)):
        return [
            (f"{key} = {_short(value)}{unit}", [p for p in phases.phases if p.point[key] == value]) for value in values
        ]
    if not is_numeric(values):
        return [(f"{key} = {value}", [p for p in phases.phases if p.point[key] == value]) for value in values]
    ends = np.quantile([float(phase.point[key]) for phase in phases.phases], [0, 1 / 3, 2 / 3, 1])
    panels = []
    for low, high in pairwise(ends):
        is_last = high == ends[-1]
        members = [p for p in phases.phases if low <= p.point[key] < high or (is_last and p.point[key] == high)]
        panels.append((f"{key} from {_short(float(low))} to {_short(float(high))}{unit}", members))
    return panels


def _cells(panel: Axes, phases: PhaseMap, members: Sequence[Phase], widest: float) -> None:
    """Draw a cell per point."""
    from matplotlib.patches import Rectangle

    across, up = phases.keys[0], phases.keys[1] if len(phases.keys) > 1 else None
    columns = _values(_points(phases), across)
    rows: list[Any] = [None] if up is None else _values(_points(phases), up)
    for phase in members:
        x = columns.index(phase.point[across])
        y = 0 if up is None else rows.index(phase.point[up])
        face = _shade(phases, phase, widest)
        hatch = None if phase.is_sure else "////"
        panel.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=face, edgecolor="white", hatch=hatch, lw=0.8))
        if len(columns) * len(rows) <= _MOST_LABELLED and phase.lead.mean == phase.lead.mean:
            panel.text(
                x,
                y,
                signed(phase.lead.mean),
                ha="center",
                va="center",
                fontsize=8,
                color="black",
                bbox={"facecolor": "white", "alpha": 0.6, "edgecolor": "none", "pad": 1.2},
            )
    panel.set_xlim(-0.5, len(columns) - 0.5)
    panel.set_ylim(-0.5, len(rows) - 0.5)
    crowded = len(columns) > 8 or max(len(_short(value)) for value in columns) > 8
    panel.set_xticks(range(len(columns)), [_short(value) for value in columns], rotation=45 if crowded else 0)
    panel.set_xlabel(_axis(across))
    if up is None:
        panel.set_yticks([])
    else:
        panel.set_yticks(range(len(rows)), [_short(value) for value in rows])
        panel.set_ylabel(_axis(up))
    for side in ("top", "right", "left", "bottom"):
        panel.spines[side].set_visible(False)
    panel.tick_params(length=0)


def _dots(panel: Axes, phases: PhaseMap, members: Sequence[Phase], widest: float) -> None:
    """Draw a dot per point, the larger the larger the lead, hollow where not told apart."""
    across, up = phases.keys[0], phases.keys[1] if len(phases.keys) > 1 else None
    # Small dots lie on large ones.
    for phase in sorted(members, key=lambda one: -np.nan_to_num(abs(one.lead.mean))):
        share = abs(phase.lead.mean) / widest if widest and phase.lead.mean == phase.lead.mean else 0.0
        colour = _colour(phases, phase.winner)
        panel.scatter(
            [_place(phases, across, phase)],
            [0 if up is None else _place(phases, up, phase)],
            s=25 + 150 * share,
            facecolor=colour if phase.is_sure else "white",
            edgecolor=colour,
            linewidth=1.6,
            alpha=0.85,
        )
    for key, axis in ((across, panel.xaxis), (up, panel.yaxis)):
        if key is None:
            axis.set_ticks([])
            continue
        axis.set_label_text(_axis(key))
        values = _values(_points(phases), key)
        if not is_numeric(values):
            axis.set_ticks(range(len(values)), [str(value) for value in values])
    panel.grid(visible=True, color="#dddddd", linewidth=0.6)
    panel.set_axisbelow(True)


def _legend(figure: Figure, phases: PhaseMap, widest: float) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    grid = _is_grid(_points(phases))
    shown = [name for name in phases.strategies if any(phase.winner == name for phase in phases.phases)]
    handles: list[Any] = [Patch(facecolor=_colour(phases, name), label=f"{name} is best") for name in shown]
    label = "best by its mean only, not told apart"
    if grid:
        unsure: Any = Patch(facecolor="#bbbbbb", edgecolor="white", hatch="////", label=label)
    else:
        unsure = Line2D([], [], marker="o", ls="", mfc="white", mec="black", label=label)
    if phases.unsure:
        handles.append(unsure)
    unit = f" {phases.measure.unit}" if phases.measure.unit else ""
    how = "deeper colour" if grid else "larger dot"
    title = f"{how}: larger lead over the second best, up to {number(widest)}{unit}"
    figure.legend(handles=handles, loc="outside lower center", ncols=4, frameon=False, fontsize=9, title=title)


def _points(phases: PhaseMap) -> list[Point]:
    return [phase.point for phase in phases.phases]


def _is_grid(points: Sequence[Point]) -> bool:
    """Whether the points are all combinations of their values."""
    return math.prod(len(_values(points, key)) for key in points[0]) == len(points)


def _values(points: Sequence[Point], key: str) -> list[Any]:
    """Return the values of a key: numbers in order, others as they come."""
    values = list(dict.fromkeys(point[key] for point in points))
    return sorted(values) if is_numeric(values) else values


def _place(phases: PhaseMap, key: str, phase: Phase) -> float:
    values = _values(_points(phases), key)
    value = phase.point[key]
    return float(value) if is_numeric(values) else float(values.index(value))


def _colour(phases: PhaseMap, strategy: str) -> str:
    if strategy not in phases.strategies:
        return "#eeeeee"
    return COLOURS[phases.strategies.index(strategy) % len(COLOURS)]


def _shade(phases: PhaseMap, phase: Phase, widest: float) -> tuple[float, float, float]:
    """Return the winner's colour, the paler the smaller its lead."""
    from matplotlib.colors import to_rgb

    share = abs(phase.lead.mean) / widest if widest and phase.lead.mean == phase.lead.mean else 0.0
    strength = _PALEST + (1 - _PALEST) * share**0.5
    red, green, blue = (1 - strength * (1 - part) for part in to_rgb(_colour(phases, phase.winner)))
    return red, green, blue


def _axis(key: str) -> str:
    unit = unit_of(key)
    return f"{key} ({unit})" if unit else key


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
