"""Tables for the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from influence_sim.core.engine import DAY, HOUR, MORNING, NIGHT, REACTIONS, Phase, Reaction
from influence_sim.core.levers import LEVERS, NEUTRAL
from influence_sim.core.measures import Measure, Quantity
from influence_sim.core.parameters import ORIGINS, SUBMODELS
from influence_sim.experiment.aftermath import Aftermath
from influence_sim.experiment.contrasts import Contrast, Estimate, estimate
from influence_sim.experiment.results import Comparison
from influence_sim.experiment.spending import funded_share, planned_costs
from influence_sim.experiment.words import number, share, signed
from influence_sim.scenario import Scenario
from influence_sim.strategies import Strategy

_ROOM_FOR_UNITS = 100
_WIDTH_OF_NAMES, _WIDTH_OF_INTERVAL, _WIDTH_OF_DIFFERENCE = 18, 20, 30
"""Least widths at which nothing is broken that belongs together."""
_OVER_DAYS = {"mean": "daily mean", "sum": "in all", "last": "at the end", "ratio": "in all", "run": "of a run"}


def strategy_tables(result: Comparison, width: int) -> Iterator[Table]:
    """Yield measure × strategy: means with 95 % intervals, of the focal company; units where the terminal has room.

    Strategies that do not fit beside each other stand below each other.
    """
    replicates = result.values.shape[1]
    for strategies in _side_by_side(result.strategies, width, _WIDTH_OF_INTERVAL):
        table = plain_table(f"{result.companies[result.focal]}: mean of {replicates} worlds [95 % interval]")
        units = _measure_columns(table, width)
        for strategy in strategies:
            table.add_column(strategy, justify="right", overflow="fold")
        for measure in _headlines(result):
            found = result.estimates[measure.name]
            table.add_row(*_named(measure, units), *(_interval(found[strategy]) for strategy in strategies))
        yield table


def difference_tables(result: Comparison, width: int) -> Iterator[Table]:
    """Yield measure × strategy: paired differences to the first strategy, intervals and P(positive)."""
    first = result.strategies[0]
    for strategies in _side_by_side(result.strategies[1:], width, _WIDTH_OF_DIFFERENCE):
        table = plain_table(f"difference to {first} in the same worlds [95 % interval], and P(difference > 0)")
        table.add_column("measure", no_wrap=True)
        for strategy in strategies:
            table.add_column(f"{strategy} − {first}", justify="right", overflow="fold")
            table.add_column("P(> 0)", justify="right", no_wrap=True)
        for measure in _headlines(result):
            cells: list[Text | str] = [measure.name]
            for strategy in strategies:
                found = result.contrasts[measure.name][f"{strategy} - {first}"]
                known = found.p_positive == found.p_positive
                cells += [_difference(found, measure), f"{found.p_positive:.3f}" if known else "–"]
            table.add_row(*cells)
        yield table


def _side_by_side(strategies: Sequence[str], width: int, each: int) -> Iterator[Sequence[str]]:
    """Yield as many strategies at a time as have room beside each other."""
    at_once = max((width - _WIDTH_OF_NAMES) // each, 1)
    for start in range(0, len(strategies), at_once):
        yield strategies[start : start + at_once]


def company_table(result: Comparison, width: int) -> Table:
    """Return measure × company: means with 95 % intervals, of a run with one strategy."""
    table = plain_table(f"mean of {result.values.shape[1]} worlds [95 % interval]")
    units = _measure_columns(table, width)
    for number_, company in enumerate(result.companies):
        name = f"{company} ({result.strategies[0]})" if number_ == result.focal else company
        table.add_column(name, justify="right", overflow="fold")
    for measure in _headlines(result):
        found = result.summary[measure.name][0]
        cells = [
            _interval(estimate(found[:, c], result.replicates_per_draw, measure.bounds))
            for c in range(len(result.companies))
        ]
        table.add_row(*_named(measure, units), *cells)
    return table


def move_table(result: Comparison) -> Table:
    """Return who went where, to and from the focal company: mean purchases per world, by strategy.

    In brackets by how much that is more than without the incident.
    """
    ours = result.focal
    title = f"who went where: mean purchases per world to and from {result.companies[ours]}, since day 0"
    beside = result.spared_switches is not None
    table = plain_table(f"{title} (in brackets: more than without the incident)" if beside else title)
    table.add_column("strategy", no_wrap=True)
    rivals = [c for c in range(len(result.companies)) if c != ours]
    table.add_column("stayed", justify="right", overflow="fold")
    for place in (*rivals, len(result.companies)):
        table.add_column(f"lost to {[*result.companies, 'nobody'][place]}", justify="right", overflow="fold")
    for place in rivals:
        table.add_column(f"won from {result.companies[place]}", justify="right", overflow="fold")
    moves = [(ours, ours), *((ours, place) for place in (*rivals, len(result.companies))), *((c, ours) for c in rivals)]
    for s, strategy in enumerate(result.strategies):
        table.add_row(strategy, *(_move(result, s, *move) for move in moves))
    return table


def _move(result: Comparison, strategy: int, origin: int, target: int) -> str:
    mean = result.mean_switches()[strategy, origin, target]
    if result.spared_switches is None:
        return number(float(mean))
    more = mean - result.mean_switches(spared=True)[strategy, origin, target]
    return f"{number(float(mean))} ({signed(float(more))})"


def storm_table(result: Comparison) -> Table | None:
    """Return the focal company's firestorms by strategy, as medians; None if there were none."""
    storms, ours = result.storms, result.companies[result.focal]
    mine = {name: column[storms["company"] == ours] for name, column in storms.items()}
    if not mine or not mine["hours"].size:
        return None
    table = plain_table(f"firestorms of {ours} in all worlds: medians")
    columns = {
        "hours": "hours",
        "peak": "peak, acts per hour",
        "hours_to_peak": "hours to peak",
        "half_life": "half life, hours",
        "area": "acts beyond the usual",
        "exposed": "share exposed",
        "reproduction": "R_neg",
    }
    table.add_column("strategy", no_wrap=True)
    for title in ("storms", *columns.values()):
        table.add_column(title, justify="right", overflow="fold")
    for strategy in result.strategies:
        which = mine["strategy"] == strategy
        values = [mine[name][which] for name in columns]
        medians = [number(float(np.nanmedian(one))) if np.isfinite(one).any() else "–" for one in values]
        table.add_row(strategy, str(int(which.sum())), *medians)
    return table


def cascade_table(result: Comparison) -> Table:
    """Return the focal company's cascades by source of posts, over all worlds of a run with one strategy."""
    ours = result.companies[result.focal]
    mine = {name: column[result.cascades["company"] == ours] for name, column in result.cascades.items()}
    table = plain_table(f"cascades of posts about {ours}, in all worlds")
    table.add_column("source")
    titles = ("posts", "nobody passed on", "went one step", "mean size", "largest", "deepest", "most viral")
    for title in titles:
        table.add_column(title, justify="right")
    for source in dict.fromkeys(mine["source"].tolist()):
        which = mine["source"] == source
        posts = mine["posts"][which]
        means = [float(np.average(mine[name][which], weights=posts)) for name in ("alone", "one_hop", "mean_size")]
        tops = [mine[name][which] for name in ("largest", "deepest", "most_viral")]
        largest = [number(float(np.nanmax(top))) if np.isfinite(top).any() else "–" for top in tops]
        table.add_row(source, f"{posts.sum():,}", *map(number, means), *largest)
    return table


def catalogue_tables(strategies: Sequence[Strategy]) -> Iterable[Table]:
    """Return the strategies with their levers, then all levers with their meaning."""
    table = plain_table("strategies: settings of levers; what is not named is neutral")
    table.add_column("strategy", no_wrap=True)
    table.add_column("meaning")
    table.add_column("levers")
    for strategy in strategies:
        table.add_row(strategy.name, strategy.meaning, setting_of(strategy))
    yield table
    table = plain_table("levers")
    for title in ("lever", "neutral", "range", "unit", "equations", "meaning"):
        table.add_column(title, no_wrap=title != "meaning")
    for name, lever in LEVERS.items():
        equations = ", ".join(map(str, lever.equations))
        table.add_row(
            name, f"{lever.neutral:g}", f"{lever.low:g}..{lever.high:g}", lever.unit, equations, lever.meaning
        )
    yield table


def setting_of(strategy: Strategy) -> str:
    """Return a strategy's levers, schedule and whether it watches, in a line."""
    parts = [_listed(strategy.levers) or ("decides every evening" if strategy.watches else "all neutral")]
    parts += [f"from day {day}: {_listed(levers)}" for day, levers in sorted(strategy.schedule.items())]
    return "; ".join(parts)


def _listed(levers: Mapping[str, float]) -> str:
    return ", ".join(f"{name} = {value:g}" for name, value in levers.items())


def explanation_tables(strategy: Strategy, scenario: Scenario) -> Iterable[Table]:
    """Return what a strategy sets, which equations that reaches, and what it plans to spend in a scenario."""
    table = plain_table(f"{strategy.name}: {strategy.meaning}")
    for title in ("from day", "lever", "value", "neutral", "unit", "meaning"):
        numeric = title in ("value", "neutral", "from day")
        table.add_column(title, justify="right" if numeric else "left", overflow="fold")
    before: Mapping[str, float] = NEUTRAL
    for day, levers in strategy.stages():
        changed = [name for name in levers if levers[name] != before[name]]
        before = levers
        for name in changed:
            lever, value = LEVERS[name], levers[name]
            table.add_row(str(day), name, f"{value:g}", f"{lever.neutral:g}", lever.unit, lever.meaning)
    if strategy.watches:
        table.add_row("1", "any", "–", "–", "", "decided every evening by what the company can see")
    elif not table.row_count:
        table.add_row("0", "none", "–", "–", "", "every lever is neutral")
    yield table
    reached = _reached(strategy)
    may = "may reach" if strategy.watches else "reaches"
    table = plain_table(
        f"equations it {may} (docs/model.md), by the levers that act in them, and the equations' constants"
    )
    for title in ("equation", "about", "levers", "constants"):
        table.add_column(title, justify="right" if title == "equation" else "left", overflow="fold")
    for number_, names in sorted(reached.items()):
        constants = ", ".join(name for name, origin in ORIGINS.items() if origin.equation == number_)
        table.add_row(str(number_), SUBMODELS[number_], ", ".join(names), constants)
    if reached:
        yield table
    own = scenario.companies[scenario.focal_company].budget
    budget = scenario.budget if own is None else own
    table = plain_table(f"what it plans to spend, of {budget:g} per day and 1,000 consumers")
    table.add_column("on")
    stages = list(strategy.stages())
    plans = [planned_costs(levers, scenario) for _, levers in stages]
    for day, _ in stages:
        table.add_column(f"from day {day}", justify="right")
    for what in dict.fromkeys(what for plan in plans for what in plan):
        table.add_row(what, *(f"{plan.get(what, 0):.2f}" for plan in plans))
    table.add_row("in all", *(f"{sum(plan.values()):.2f}" for plan in plans))
    table.add_row("paid for by the budget", *(share(funded_share(levers, scenario)) for _, levers in stages))
    yield table


def _reached(strategy: Strategy) -> dict[int, list[str]]:
    """Return the levers that a strategy moves away from neutral, at any time, by the equations they act in."""
    reached: dict[int, list[str]] = {}
    moved = {name for levers in (strategy.levers, *strategy.schedule.values()) for name in levers}
    for name, lever in LEVERS.items():
        values = [levers[name] for levers in (strategy.levers, *strategy.schedule.values()) if name in levers]
        if strategy.watches or (name in moved and any(value != lever.neutral for value in values)):
            for number_ in lever.equations:
                reached.setdefault(number_, []).append(name)
    return reached


def plan_tables() -> Iterable[Table]:
    """Return the order of an hour and of a day, as the engine runs it."""
    phases: tuple[tuple[str, tuple[Phase | Reaction, ...]], ...] = (
        ("at the first step of a day", MORNING),
        ("in every step (an hour, by default)", HOUR),
        ("within it, for everything that is read", REACTIONS),
        ("after the last step of a day", DAY),
        ("then the measures are recorded, and at night", NIGHT),
    )
    for title, order in phases:
        table = plain_table(title)
        table.add_column("", justify="right")
        table.add_column("phase")
        table.add_column("equations")
        table.add_column("computed by", no_wrap=True)
        for place, phase in enumerate(order, 1):
            where = f"{phase.run.__module__.removeprefix('influence_sim.')}.{phase.run.__name__}"
            table.add_row(str(place), phase.title, ", ".join(map(str, phase.equations)), where)
        yield table


def scenario_table(scenarios: Mapping[str, Scenario]) -> Table:
    """Return the scenarios with the question each asks."""
    table = plain_table("scenarios")
    table.add_column("name", no_wrap=True)
    table.add_column("days", justify="right", overflow="fold")
    table.add_column("people", justify="right", overflow="fold")
    table.add_column("question")
    for name, scenario in scenarios.items():
        table.add_row(name, str(scenario.days), f"{scenario.network.consumers:,}", scenario.question or scenario.title)
    return table


def plain_table(title: str) -> Table:
    """Return a table without rows in the style that all share."""
    return Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)


def _measure_columns(table: Table, width: int) -> bool:
    """Add the columns that name a measure; return whether there is room for units."""
    table.add_column("measure", no_wrap=True)
    if width >= _ROOM_FOR_UNITS:
        table.add_column("unit", style="dim")
    return width >= _ROOM_FOR_UNITS


def _headlines(result: Comparison) -> list[Measure | Aftermath]:
    return [measure for measure in result.quantities if measure.headline]


def _named(measure: Quantity, units: bool) -> list[str]:
    return [measure.name, f"{measure.unit}, {_OVER_DAYS[measure.summary]}"] if units else [measure.name]


def _interval(found: Estimate) -> str:
    # Without a space inside, so that in a narrow terminal the interval moves below the mean as a whole.
    if found.mean != found.mean:
        return "–"
    return f"{number(found.mean)} [{number(found.low)}…{number(found.high)}]"


def _difference(found: Contrast, measure: Quantity) -> Text:
    """Colour what is sure: green where better for the company, red where worse."""
    style = ""
    if found.is_sure and measure.better:
        style = "green" if (found.mean > 0) == (measure.better > 0) else "red"
    return Text(f"{signed(found.mean)} [{signed(found.low)}…{signed(found.high)}]", style=style)
