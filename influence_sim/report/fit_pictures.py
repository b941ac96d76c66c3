"""Pictures of a fit: complaints of the record against what is predicted, and what was learnt of each key."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from influence_sim.experiment.folders import write_whole
from influence_sim.figures.style import encoded

_RECORD, _PREDICTED = "#D55E00", "#0072B2"
_COLUMNS = 3
_MOST_LABELS = 4

type About = Mapping[str, Any]


def draw_fit(about: About, folder: Path) -> list[str]:
    """Draw the pictures into a folder; return their files' names."""
    names = {"prediction.svg": prediction_figure, "parameters.svg": parameter_figure}
    # Text stays text, and the same results give the same file.
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "influence_sim", "font.size": 9}):
        for name, draw in names.items():
            write_whole(folder / name, encoded(draw(about)))
    return list(names)


def prediction_figure(about: About) -> Figure:
    """Return complaints per day, a panel per company: the record, the 95 % interval, and where the fit ended."""
    found, companies = about["prediction"], about["companies"]
    counts = {name: np.array(values, float) for name, values in found["complaints"].items()}
    first = dt.date.fromisoformat(about["days"]["fitted"][0])
    days = [first + dt.timedelta(days=day) for day in range(len(counts["observed"]))]
    labels = [f"{day.day} {day:%b}" for day in days]
    rows = -(-len(companies) // _COLUMNS)
    figure = Figure(figsize=(10.0, 0.5 + 2.3 * rows), layout="constrained")
    panels = figure.subplots(rows, min(_COLUMNS, len(companies)), squeeze=False).ravel()
    place = np.arange(len(days))
    for panel, (column, name) in zip(panels, enumerate(companies), strict=False):
        low, high = counts["low"][:, column], counts["high"][:, column]
        panel.fill_between(place, low, high, color=_PREDICTED, alpha=0.25, lw=0, label="95 % of predictions")
        panel.plot(place, counts["median"][:, column], "--", color=_PREDICTED, lw=1.5, label="median prediction")
        panel.plot(place, counts["observed"][:, column], "o-", color=_RECORD, ms=4, lw=1.2, label="the record")
        if found["fitted_days"] < len(days):
            panel.axvline(found["fitted_days"] - 0.5, color="#777777", lw=0.8)
            panel.set_title("right of the line: not seen by the fit", loc="right", fontsize=6, color="#555555")
        panel.set_ylim(0)
        panel.set_title(name, loc="left", fontsize=9)
        shown = slice(None, None, -(-len(days) // _MOST_LABELS))
        panel.set_xticks(place[shown], labels[shown])
        panel.spines[["top", "right"]].set_visible(False)
    for panel in panels[len(companies) :]:
        panel.set_axis_off()
    panels[0].set_ylabel("complaints a day")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False)
    return figure


def parameter_figure(about: About) -> Figure:
    """Return for each key its range, the 95 % interval that is left of it, and the median."""
    keys = list(about["parameters"])
    figure = Figure(figsize=(8.0, 0.8 + 0.26 * len(keys)), layout="constrained")
    panel = figure.subplots()
    for row, key in enumerate(reversed(keys)):
        low, high = about["ranges"][key]
        one = {name: (about["parameters"][key][name] - low) / (high - low) for name in ("low", "value", "high")}
        panel.plot([0, 1], [row, row], color="#CCCCCC", lw=1, zorder=0)
        panel.plot([one["low"], one["high"]], [row, row], color=_PREDICTED, lw=4, solid_capstyle="butt")
        panel.plot([one["value"]], [row], "o", color="black", ms=4)
        panel.text(1.02, row, f"{low:g} … {high:g}", va="center", fontsize=7, color="#555555")
    panel.set_yticks(range(len(keys)), [key.removeprefix("parameters.") for key in reversed(keys)])
    panel.set_xticks([0, 1], ["lowest", "highest"])
    panel.set_xlabel("value within its range; bar: 95 % given the record, dot: median")
    panel.spines[["top", "right", "left"]].set_visible(False)
    return figure
