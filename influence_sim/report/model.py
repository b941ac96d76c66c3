"""A single world shown: its companies in a table, its course, and its people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from influence_sim.experiment.words import number
from influence_sim.figures.crowd import crowd, draw_crowd
from influence_sim.figures.style import in_style, looks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from influence_sim.model import InfluenceModel

SHOWN = ("loyalty", "customers", "market_share", "trust", "complaints", "storm_days", "profit")
COURSE = ("customers", "loyalty", "complaints", "trust")
LATELY_HOURS = 72
"""Hours for which somebody who spoke against a company is marked."""


def model_words(model: InfluenceModel) -> Iterator[str]:
    """Say where a world stands."""
    whole, people = model.setup.days, len(model.consumers)
    over = "" if model.running else ", which is its end"
    yield f"Day {model.day} of {whole}{over}, {people:,} consumers, seed {model.master_seed}."
    if model.day < 1:
        yield "Measures come at the end of each day; step() is an hour."


def model_rows(model: InfluenceModel) -> list[dict[str, Any]]:
    """Return a row per company: its strategy, and its measures of the last whole day."""
    return [
        {
            "company": company.name,
            "strategy": company.strategy,
            "customers now": company.customers,
            **{name: number(company.measure(name)) for name in SHOWN},
        }
        for company in model.companies
    ]


def course(model: InfluenceModel, measures: Sequence[str] = ()) -> Figure:
    """Draw measures of all companies over the days of the comparison so far.

    Raises
    ------
    ValueError
        If a measure is unknown, or no day is over yet.
    """
    from influence_sim.figures.drawing import Drawing

    shown = measures or COURSE
    days = model.recorded
    for name in shown:
        if name not in days:
            raise ValueError(f"there is no {name!r} by the day; there are {', '.join(days)}")
    if model.day < 1:
        raise ValueError("no day is over yet: step() 24 times or more")
    columns = min(len(shown), 2)
    with in_style():
        figure = Drawing(figsize=(5.0 * columns, 2.4 * -(-len(shown) // columns) + 0.4))
        panels = figure.subplots(-(-len(shown) // columns), columns, squeeze=False, sharex=True).ravel()
        for panel in panels[len(shown) :]:
            panel.set_axis_off()
        for panel, name in zip(panels, shown, strict=False):
            for company, look in looks([company.name for company in model.companies]).items():
                place = [one.name for one in model.companies].index(company)
                panel.plot(days[name][:, place], color=look.colour, ls=look.line, lw=1.6, label=company)
            panel.set_title(name.replace("_", " "))
            panel.set_xlabel("day")
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=min(len(labels), 4))
    return figure


def network(model: InfluenceModel, company: int, most: int) -> Figure:
    """Draw people of the network, coloured by their attitude to a company; triangles spoke against it lately."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    from influence_sim.figures.drawing import Drawing
    from influence_sim.figures.style import attitudes

    shown = crowd(model.graph, most)
    attitude = model.state.attitude[company, shown.people]
    against = model.state.against[company, shown.people] >= model.worlds.now - LATELY_HOURS
    reach = max(float(np.quantile(np.abs(attitude), 0.95)), 0.05)
    with in_style():
        figure = Drawing(figsize=(6.0, 6.4))
        panel = figure.subplots()
        draw_crowd(panel, shown, attitude, against, reach=reach)
        scale = ScalarMappable(Normalize(-reach, reach), attitudes())
        bar = figure.colorbar(
            scale, ax=panel, orientation="horizontal", fraction=0.04, aspect=50, pad=0.02, extend="both"
        )
        bar.set_label(f"attitude to {model.companies[company].name} (triangles: spoke against it lately)")
        bar.outline.set_visible(False)
    return figure
