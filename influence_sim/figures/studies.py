"""Pictures of studies over many points: along one key, regret over futures, and what a search tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from influence_sim.experiment.contrasts import estimate
from influence_sim.experiment.goals import Trial
from influence_sim.experiment.optimum import Optimum
from influence_sim.experiment.quantities import quantity
from influence_sim.experiment.robustness import Robustness
from influence_sim.experiment.studies import focal_values, unit_of
from influence_sim.experiment.sweep import Sweep
from influence_sim.experiment.weaknesses import is_numeric
from influence_sim.figures.style import COLOURS, INK, PALE, in_style, looks

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def along(result: Sweep, measure: str) -> Figure:
    """Draw a measure along the only key that was varied: a line per strategy, with 95 % intervals of the means.

    Raises
    ------
    ValueError
        If several keys were varied, or there is no such measure.
    """
    from influence_sim.figures.drawing import Drawing

    if len(result.keys) != 1:
        raise ValueError(f"a line is drawn along one key, not {len(result.keys)}; phase_map(…) shows up to three")
    key, values = result.keys[0], focal_values(result, measure)
    at = [point[key] for point in result.points]
    places = np.array(at, float) if is_numeric(at) else np.arange(len(at))
    order = np.argsort(places)
    with in_style():
        figure = Drawing(figsize=(8.0, 4.2))
        panel = figure.subplots()
        for column, (name, look) in enumerate(looks(result.strategies).items()):
            found = [estimate(values[point, column]) for point in order]
            low, high = ([getattr(one, end) for one in found] for end in ("low", "high"))
            panel.fill_between(places[order], low, high, color=look.colour, alpha=0.18, lw=0)
            means = [one.mean for one in found]
            panel.plot(places[order], means, look.marker, ls=look.line, color=look.colour, ms=5, label=name)
        if not is_numeric(at):
            panel.set_xticks(places, [str(value) for value in at])
        unit = unit_of(key)
        panel.set_xlabel(f"{key} ({unit})" if unit else key)
        panel.set_title(f"{measure.replace('_', ' ')} ({quantity(measure).unit})")
        panel.legend()
    return figure


def regrets(found: Robustness) -> Figure:
    """Draw, for each strategy, in which share of the futures its regret is no more than so much."""
    from influence_sim.figures.drawing import Drawing

    with in_style():
        figure = Drawing(figsize=(8.0, 4.2))
        panel = figure.subplots()
        share = np.arange(1, len(found.points) + 1) / len(found.points)
        for column, (name, look) in enumerate(looks(found.strategies).items()):
            panel.step(
                np.sort(found.regrets[:, column]),
                share,
                where="post",
                color=look.colour,
                ls=look.line,
                lw=2,
                label=name,
            )
        panel.set_ylim(0, 1.02)
        panel.set_xlim(left=0)
        panel.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
        panel.set_ylabel("share of futures")
        unit = f", {found.measure.unit}" if found.measure.unit else ""
        panel.set_xlabel(f"regret is no more than (in {found.measure.name}{unit})")
        panel.grid(color=PALE, lw=0.4)
        panel.legend(title="further to the upper left is better")
    return figure


def tried(found: Optimum) -> Figure:
    """Draw what a search tried: with two goals one against the other, else the score of trial after trial."""
    from influence_sim.figures.drawing import Drawing

    goals = found.aims.goals
    won = {winner.trial.number for winner in found.winners}
    with in_style():
        figure = Drawing(figsize=(8.0, 4.2))
        panel = figure.subplots()
        for kept, face, label in ((True, COLOURS[0], "tried"), (False, "white", "breaks a bound")):
            some = [one for one in found.trials if one.is_feasible == kept and one.number not in won]
            if some:
                panel.scatter(*_places(found, some), s=26, color=face, edgecolor=COLOURS[0], lw=0.9, label=label)
        best = [one for one in found.trials if one.number in won]
        panel.scatter(*_places(found, best), s=90, marker="*", color=COLOURS[1], edgecolor=INK, lw=0.6, label="winner")
        panel.set_xlabel(str(goals[0]) if len(goals) > 1 else "trial")
        panel.set_ylabel(str(goals[1]) if len(goals) > 1 else str(goals[0]))
        figure.legend(loc="outside upper right", ncols=3)
    return figure


def _places(found: Optimum, trials: list[Trial]) -> tuple[list[float], list[float]]:
    goals = found.aims.goals
    up = [one.scores[goals[min(1, len(goals) - 1)].measure] for one in trials]
    across = [one.scores[goals[0].measure] if len(goals) > 1 else float(one.number) for one in trials]
    return across, up
