"""Pictures of claims: how large each part's difference is against what counts, and where the claim turns."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from influence_sim.experiment.folders import write_whole
from influence_sim.figures.style import encoded
from influence_sim.report.claims import OVERVIEW, PICTURES, picture_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito's colours, which people who see few colours can tell apart; open cells are hatched besides.
_COLOURS = {"as claimed": "#0072B2", "not as claimed": "#E69F00", "open": "#DDDDDD"}
_VERDICTS = {"holds": ("#0072B2", "o"), "depends": ("#009E73", "D"), "fails": ("#E69F00", "s"), "not": ("#777777", "x")}
_FARTHEST = 12.0
"""In units of what counts; beyond, an arrow says so."""

type Claims = Mapping[str, Any]


def draw_claims(found: Claims, folder: Path) -> list[str]:
    """Draw a picture per claim into a folder's ``claims``; return the files' names."""
    (folder / PICTURES).mkdir(exist_ok=True)
    names = []
    # Text stays text, and the same results give the same file.
    with matplotlib.rc_context(
        {"svg.fonttype": "none", "svg.hashsalt": "influence_sim", "hatch.linewidth": 0.6, "font.size": 9}
    ):
        if found["effort"]["points"]:
            names.append(OVERVIEW)
            write_whole(folder / OVERVIEW, encoded(draw_overview(found)))
        for claim in found["claims"]:
            names.append(picture_name(claim))
            write_whole(folder / names[-1], encoded(draw_claim(claim)))
    return names


def draw_overview(found: Claims) -> Figure:
    """Return in what share of the space of assumptions each claim holds, in the order of the shares."""
    claims = sorted((claim for claim in found["claims"] if claim["share"]), key=_held)
    figure = Figure(figsize=(10.0, 0.6 + 0.24 * len(claims)), layout="constrained")
    panel = figure.subplots()
    for row, claim in enumerate(claims):
        share, kind = claim["share"], claim["verdict"].partition(" ")[0]
        panel.plot([share["low"], share["high"]], [row, row], color="#777777", lw=1.2, zorder=1)
        colour, marker = _VERDICTS[kind]
        panel.plot([_held(claim)], [row], marker, color=colour, ms=7, zorder=2)
    for bound in (found["thresholds"]["hardly_anywhere"], found["thresholds"]["nearly_everywhere"]):
        panel.axvline(bound, color="#BBBBBB", lw=0.8, zorder=0)
    panel.set_yticks(range(len(claims)), [f"{claim['claim']}. {claim['says']}" for claim in claims])
    panel.set_ylim(-0.7, len(claims) - 0.3)
    panel.set_xlim(-0.02, 1.02)
    panel.set_xlabel("share of the space of assumptions in which it holds")
    for name, (colour, marker) in _VERDICTS.items():
        panel.plot([], [], marker, color=colour, ms=7, label="not separable" if name == "not" else name)
    panel.legend(loc="lower right", frameon=False)
    for side in ("top", "right", "left"):
        panel.spines[side].set_visible(False)
    panel.tick_params(axis="y", length=0)
    return figure


def _held(claim: Claims) -> float:
    return float(claim["share"]["held"] / claim["share"]["points"])


def draw_claim(claim: Claims) -> Figure:
    """Return the picture of a claim: differences on the left, the map on the right."""
    has_map = bool(claim["map"]["cells"])
    figure = Figure(figsize=(10.0 if has_map else 5.6, 3.4), layout="constrained")
    axes = figure.subplots(1, 2 if has_map else 1, squeeze=False, width_ratios=[1.15, 1] if has_map else [1])[0]
    _differences(axes[0], claim)
    if has_map:
        _map(axes[1], claim)
    figure.suptitle(f"{claim['claim']}. {claim['says']}", fontsize=10.5)
    return figure


def _differences(panel: Axes, claim: Claims) -> None:
    """Draw each part's difference in units of what counts, with its interval, and what is left in the controls."""
    parts = claim["parts"]
    for place, part in enumerate(parts):
        counts = part["counts"] or None
        for shift, kind, found in (
            (0.0, "o", part),
            (-0.22, "x", part["without_mechanism"]),
            (-0.36, "+", part["where_nothing_happens"]),
        ):
            if counts is None or found is None or found["difference"] is None:
                continue
            middle, low, high = (_clipped(found[name] / counts) for name in ("difference", "low", "high"))
            y = len(parts) - 1 - place + shift
            colour = "black" if kind == "o" else "#777777"
            panel.plot([low, high], [y, y], color=colour, lw=1.6 if kind == "o" else 0.8)
            panel.plot([middle], [y], kind, color=colour, ms=6)
            if abs(found["difference"] / counts) > _FARTHEST and kind == "o":
                times = found["difference"] / counts
                panel.annotate(
                    f"{times:+.0f} ×",
                    (middle, y),
                    (-12 if times > 0 else 12, 7),
                    textcoords="offset points",
                    ha="center",
                    fontsize=8,
                )
    panel.axvspan(-1, 1, color="#EEEEEE", zorder=0)
    panel.axvline(0, color="#999999", lw=0.8)
    panel.set_yticks(range(len(parts)), [_folded(part["claimed"]) for part in reversed(parts)])
    panel.set_ylim(-0.6, len(parts) - 0.5)
    panel.set_xlim(-_FARTHEST - 1, _FARTHEST + 1)
    panel.set_xlabel(
        "difference, in units of what counts (grey: does not)\n● defaults   × mechanism off   + nothing happens"
    )
    for side in ("top", "right", "left"):
        panel.spines[side].set_visible(False)
    panel.tick_params(axis="y", length=0)


def _clipped(times: float) -> float:
    return min(max(times, -_FARTHEST), _FARTHEST)


def _folded(text: str) -> str:
    measure, _, sides = text.partition(": ")
    more, relation, less = next(
        ((a, r, b) for r in (">", "≥", "=") for a, found, b in [sides.partition(f" {r} ")] if found), (sides, "", "")
    )
    return f"{measure}:\n{more} {relation}\n{less}"


def _map(panel: Axes, claim: Claims) -> None:
    keys, cells = claim["map"]["keys"], claim["map"]["cells"]
    columns = sorted({cell["at"][0] for cell in cells})
    rows = sorted({cell["at"][1] for cell in cells}) if len(keys) > 1 else [None]
    for cell in cells:
        x = columns.index(cell["at"][0])
        y = rows.index(cell["at"][1]) if len(keys) > 1 else 0
        here = cell["here"]
        panel.add_patch(
            Rectangle(
                (x - 0.5, y - 0.5),
                1,
                1,
                facecolor=_COLOURS[here],
                edgecolor="white",
                hatch="///" if here == "open" else None,
            )
        )
    panel.set_xlim(-0.5, len(columns) - 0.5)
    panel.set_ylim(-0.5, len(rows) - 0.5)
    panel.set_xticks(range(len(columns)), [f"{value:g}" for value in columns])
    panel.set_xlabel(_axis(keys[0]))
    if len(keys) > 1:
        panel.set_yticks(range(len(rows)), [f"{value:g}" for value in rows])
        panel.set_ylabel(_axis(keys[1]))
    else:
        panel.set_yticks([])
    for side in ("top", "right", "left", "bottom"):
        panel.spines[side].set_visible(False)
    panel.tick_params(length=0)
    handles = [
        Patch(facecolor=colour, label=here, hatch="///" if here == "open" else None, edgecolor="white")
        for here, colour in _COLOURS.items()
    ]
    panel.legend(handles=handles, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False, fontsize=8)


def _axis(key: str) -> str:
    table, _, name = key.partition(".")
    if table == "levers":
        strategy, _, lever = name.partition(".")
        return f"{lever.replace('_', ' ')} of {strategy.replace('_', ' ')}"
    return name.replace("_", " ") if table in ("parameters", "costs") else f"{table}: {name.replace('_', ' ')}"
