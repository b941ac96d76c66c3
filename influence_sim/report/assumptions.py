"""What was assumed, and how much it matters, as parts of a report."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from influence_sim.core.parameters import Parameters
from influence_sim.experiment.importance import Sensitivity
from influence_sim.experiment.results import Comparison
from influence_sim.experiment.screening import is_begun
from influence_sim.experiment.words import number, share
from influence_sim.figures.importance import importance
from influence_sim.report.document import Block, Grid, Listing, Picture, Text
from influence_sim.scenario import ASSUMPTIONS, Scenario
from influence_sim.scenario_tables import Incident


def assumed(scenario: Scenario) -> Iterator[Block]:
    """Yield who is in the market, what strikes, and every assumption with its value and range."""
    yield Text(
        f"The scenario says what happens; {len(ASSUMPTIONS)} further numbers of the model are assumptions: no "
        "published figure fixes them, only a range in which they may lie."
    )
    yield from _happens(scenario)
    own = {**{f"parameters.{name}": value for name, value in scenario.parameters.items()}}
    values: Mapping[str, Any] = {
        **{f"parameters.{name}": getattr(Parameters(), name) for name in Parameters.__dataclass_fields__},
        **{f"costs.{name}": value for name, value in scenario.costs.model_dump().items()},
        **own,
    }
    yield Grid(
        "all assumptions, with the ranges in which they may lie",
        ("assumption", "here", "from", "to", "unit", "what it is about"),
        tuple(
            (key, f"{values[key]:g}", f"{origin.low:g}", f"{origin.high:g}", origin.unit, origin.meaning)
            for key, origin in ASSUMPTIONS.items()
        ),
        (False, True, True, True, False, False),
        folded=True,
    )


def _happens(scenario: Scenario) -> Iterator[Block]:
    """Yield who is in the market, and what strikes."""
    yield Grid(
        "the companies at the beginning (the focal one follows each strategy in turn)",
        ("company", "own strategy", "purchases that fail", "appeal", "budget"),
        tuple(
            (
                company.name,
                company.strategy,
                share(company.failure_rate),
                f"{company.appeal:g}",
                f"{scenario.budget if company.budget is None else company.budget:g}",
            )
            for company in scenario.companies
        ),
        (False, False, True, True, True),
    )
    if not scenario.incident:
        yield Text("No incident strikes.")
        return
    yield Grid(
        "what strikes",
        ("incident", "company", "when", "days", "hits", "severity"),
        tuple(
            (
                one.kind,
                one.company or scenario.company_names[scenario.focal_company],
                _when(one),
                str(one.usual.duration_days),
                f"{len(one.hit)} people" if one.hit is not None else share(one.usual.hit_share),
                f"{one.usual.severity:g}",
            )
            for one in scenario.incident
        ),
        (False, False, False, True, True, True),
    )


def _when(incident: Incident) -> str:
    if incident.per_year is not None:
        return f"from day {incident.day}, at random {incident.per_year:g} times a year"
    again = f", then every {incident.every_days} days, {incident.repeats} times" if incident.repeats > 1 else ""
    return f"day {incident.day}{again}"


def drawn(result: Comparison) -> Iterator[Block]:
    """Yield what a posterior leaves open, as it was run."""
    if not result.manifest.get("posterior"):
        return
    points = result.manifest["points"]
    rows = []
    for key in points[0]:
        low, middle, high = np.quantile([point[key] for point in points], [0.025, 0.5, 0.975])
        rows.append((key, number(float(middle)), number(float(low)), number(float(high))))
    yield Grid(
        f"what was not known, as {len(points)} draws of {result.manifest['posterior']} have it; below, where these "
        "keys stand again, are the values of the scenario, which were not used",
        ("key", "median", "2.5 %", "97.5 %"),
        tuple(rows),
        (False, True, True, True),
    )


def weights(screens: Sequence[Sensitivity], folder: str | Path | None) -> Iterator[Block]:
    """Yield how much each assumption matters, or what is to be typed to find out."""
    if not screens:
        typed = shlex.join(["influence-sim", "report", "DIR" if folder is None else str(folder), "--screen", "4"])
        begun = folder is not None and is_begun(folder)
        what = "was begun and is not finished; this goes on with it" if begun else "has not been measured; this does it"
        yield Text(f"How much each of them matters for this answer {what} (many worlds: it says how many, first):")
        yield Listing(typed)
        return
    for found in screens:
        sure = [one.factor.key for one in found.importances if one.is_sure]
        listed = ", ".join(sure[:5]) + (f" and {len(sure) - 5} more" if len(sure) > 5 else "")
        yield Text(
            f"The difference in {found.output.replace('_', ' ')} "
            f"{f'surely hangs on {listed}' if sure else 'does not surely hang on any single assumption'}; it is "
            f"positive at {share(found.share_positive)} of {found.points:,} points in the space of assumptions."
        )
    yield Picture(
        "assumptions",
        "Bars of the assumptions that matter most: "
        + "; ".join(
            f"{found.output}: "
            + ", ".join(f"{one.factor.key} {number(one.main.mean)}" for one in found.importances[:3])
            for found in screens
        )
        + ".",
        "How far the difference moves, up or down, when an assumption crosses its whole range while the others lie "
        "anywhere in theirs (mean size of Morris' elementary effects, with 95 % intervals). Filled: surely matters; "
        "hollow: may be chance. The line: what chance alone may reach.",
        partial(importance, screens),
    )
