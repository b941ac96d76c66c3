"""The report of a comparison, section by section."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from influence_sim.experiment.importance import Sensitivity
from influence_sim.experiment.plan import checksum, plan_of
from influence_sim.experiment.results import Comparison
from influence_sim.experiment.spending import funded_share, planned_costs
from influence_sim.experiment.words import (
    against_least_spender,
    headline,
    in_words,
    least_spender,
    losses,
    number,
    share,
    shortages,
    signed,
    surety,
)
from influence_sim.figures import comparison as figures
from influence_sim.report import tables
from influence_sim.report.assumptions import assumed, drawn, weights
from influence_sim.report.document import Block, Document, Grid, Picture, Section, Text
from influence_sim.report.provenance import facts_of, reproduction
from influence_sim.report.storm import storm_sections
from influence_sim.scenario import Scenario

if TYPE_CHECKING:
    from influence_sim.core.graph import Graph

_WIDE = 10_000
"""Width at which tables for the terminal are not cut."""


def comparison_document(
    result: Comparison,
    *,
    graph: Graph | None = None,
    screens: Sequence[Sensitivity] = (),
    folder: str | Path | None = None,
) -> Document:
    """Return the report of a comparison, or of a run of one strategy.

    Parameters
    ----------
    result
        What was compared.
    graph
        The network, if it was given as an object; else it is made or read again as the scenario says.
    screens
        What was found out about which assumptions matter, a study per measure.
    folder
        Where the results are kept, for what the reader is told to type.
    """
    scenario = plan_of(result.manifest).scenario
    people = _network(result, scenario) if graph is None else graph
    company, several = result.companies[result.focal], len(result.strategies) > 1
    sections = [
        Section("The answer", tuple(_answer(result))),
        Section("The strategies side by side" if several else "How every company fares", tuple(_side_by_side(result))),
        Section("Over time", (_time_lines(result),)),
        *([Section("Differences in the same worlds", tuple(_differences(result)))] if several else []),
        Section("Who went where", (_moves(result), Grid.of(tables.move_table(result)))),
        *storm_sections(result, people),
        Section("What it cost, and what it earned", tuple(_costs(result, scenario, people))),
        Section("What was assumed", (*drawn(result), *assumed(scenario), *weights(screens, folder))),
        Section(
            "How to run it again",
            tuple(reproduction(result.manifest, has_network=graph is None and people is not None)),
        ),
    ]
    return Document(
        title=scenario.title or scenario.name,
        subtitle=scenario.question,
        answer=tuple(headline(result)),
        sections=tuple(sections),
        facts=(("company", company), ("strategies", ", ".join(result.strategies)), *facts_of(result.manifest)),
    )


def _network(result: Comparison, scenario: Scenario) -> Graph | None:
    """Return the network of a comparison, made or read again; None if that is another by now."""
    try:
        graph = scenario.graph()
    except (ValueError, OSError):
        return None
    return graph if checksum(graph) == result.manifest["graph"]["sha256"] else None


def _answer(result: Comparison) -> Iterator[Block]:
    said = in_words(result) if len(result.strategies) > 1 else []
    yield from (Text(sentence) for sentence in (*said, *against_least_spender(result)))
    yield from _cost_of_incident(result)
    if surety(result):
        yield Text(" ".join(sentence.strip() for sentence in surety(result)))
    yield from (Text(sentence) for sentence in (*shortages(result), *losses(result)))
    yield Text(
        "All of this follows from the assumptions named below. Simulated worlds say what would follow from them, not "
        "what will happen.",
        note=True,
    )


def _cost_of_incident(result: Comparison) -> Iterator[Block]:
    """Yield what the incident itself cost, which is only a part of how strategies differ."""
    found = result.estimates.get("margin_lost", {})
    known = {name: one for name, one in found.items() if one.mean == one.mean}
    if not known or not figures.strikes(result):
        return
    listed = ", ".join(
        f"{name} {number(one.mean)} ({number(one.low)} to {number(one.high)})" for name, one in known.items()
    )
    yield Text(
        f"The incident itself cost so much margin, against the same worlds without it: {listed}. What else sets the "
        "strategies apart they do, and pay for, on all days."
    )


def _side_by_side(result: Comparison) -> Iterator[Block]:
    if len(result.strategies) == 1:
        yield Grid.of(tables.company_table(result, _WIDE))
        yield Grid.of(tables.cascade_table(result))
        return
    yield from (Grid.of(table) for table in tables.strategy_tables(result, _WIDE))
    yield Grid(
        "what the measures mean",
        ("measure", "meaning", "better"),
        tuple(
            (one.name, one.meaning, {1: "more", -1: "less"}.get(one.better, "–"))
            for one in result.quantities
            if one.headline
        ),
        (False, False, False),
        folded=True,
    )


def _time_lines(result: Comparison) -> Picture:
    days = result.values.shape[3]
    ends = "; ".join(
        f"{name} ends at " + ", ".join(f"{number(value)} with {strategy}" for strategy, value in _ends(result, name))
        for name in figures.TIME_LINES
    )
    many, strategies = result.values.shape[1], len(result.strategies)
    bands = (
        "Bands hold the middle 80 % of worlds" if strategies <= figures.MOST_BANDS else "Lines are means over worlds"
    )
    struck = figures.strikes(result)
    dotted = f" Dotted: something begins to strike {result.companies[result.focal]} in some world." if struck else ""
    smoothed = f"posts are averaged over {figures.SMOOTHED_DAYS} days, the day itself in the middle"
    return Picture(
        "over-time",
        f"Line charts over {days} days, a line per strategy: {ends}.",
        f"{bands if many > 1 else 'One world each'}; {smoothed}. Strips below: the share of a strategy's worlds in a "
        f"firestorm that day, the deeper the more; grey: the same of the one that burns most.{dotted}",
        partial(figures.time_lines, result),
    )


def _ends(result: Comparison, name: str) -> list[tuple[str, float]]:
    """Return where each strategy's line ends."""
    drawn = figures.by_day(result, name)
    return [(one, float(figures.means(days)[-1])) for one, days in zip(result.strategies, drawn, strict=True)]


def _differences(result: Comparison) -> Iterator[Block]:
    first = result.strategies[0]
    said = "; ".join(
        f"{name}: "
        + ", ".join(
            f"{other} {signed((found := result.contrasts[name][f'{other} - {first}']).mean)} "
            f"({signed(found.low)} to {signed(found.high)})"
            for other in result.strategies[1:]
        )
        for name in figures.DIFFERENCES
    )
    shown = len(figures.DIFFERENCES) * (len(result.strategies) - 1)
    yield Picture(
        "differences",
        f"Differences to {first} with 95 % intervals. {said}.",
        "Replicate r of every strategy meets the same accidents, so most of the noise cancels. Filled: the interval "
        f"leaves out zero; hollow: it does not. Each is judged by itself: of {shown} such, {shown / 20:.1f} "
        "would leave out zero by chance alone.",
        partial(figures.differences, result),
    )
    yield from (Grid.of(table) for table in tables.difference_tables(result, _WIDE))


def _moves(result: Comparison) -> Picture:
    ours, means, nobody = result.focal, result.mean_switches(), len(result.companies)
    rivals = [place for place in range(len(result.companies)) if place != ours]
    said = "; ".join(
        f"with {strategy} "
        + ", ".join(
            [
                *(
                    f"{number(means[row, ours, place])} lost to and {number(means[row, place, ours])} won from "
                    f"{result.companies[place]}"
                    for place in rivals
                ),
                f"{number(means[row, ours, nobody])} lost to nobody",
            ]
        )
        for row, strategy in enumerate(result.strategies)
    )
    return Picture(
        "moves",
        f"Purchases per world: {said}.",
        f"Purchases per world. Hatched: by those who last bought from {result.companies[ours]}, and now went "
        "elsewhere or bought nothing; filled: by those who came from there. A consumer may go and come back. Net: with "
        "95 % intervals.",
        partial(figures.moves, result),
    )


def _costs(result: Comparison, scenario: Scenario, graph: Graph | None) -> Iterator[Block]:
    said = "; ".join(
        f"{name}: margin {number(result.estimates['margin'][name].mean)}, spent "
        f"{number(result.estimates['spend'][name].mean)}, profit {number(result.estimates['profit'][name].mean)}"
        for name in result.strategies
    )
    yield Picture(
        "returns", f"Money per world. {said}.", "Money per world over all days.", partial(figures.returns, result)
    )
    if graph is None:
        return
    rows = []
    for name in result.strategies:
        try:
            strategy = scenario.strategy(name)
        except ValueError:
            # One's own, of a plugin that is not loaded now.
            continue
        levers = next(iter(strategy.stages()))[1]
        plan = planned_costs(levers, scenario, graph)
        listed = ", ".join(f"{what} {cost:.2f}" for what, cost in plan.items()) or "nothing"
        paid = share(funded_share(levers, scenario, graph)) if plan else "–"
        rows.append((name, listed, paid, _gain(result, name)))
    yield Grid(
        "what each plans to spend at first, money per day and 1,000 consumers (replies, updates and compensations come "
        "as they fall due; what finds no use is not spent), how much of it the budget pays for, and how much more "
        f"profit each money spent brought than {least_spender(result)} has, which spends least",
        ("strategy", "plans to spend", "paid for", "more profit per money spent"),
        tuple(rows),
        (False, False, True, True),
    )


def _gain(result: Comparison, name: str) -> str:
    """Return by how much more profit than the least spender's each money spent beyond its spending was followed."""
    profit, spend = ({one: found.mean for one, found in result.estimates[what].items()} for what in ("profit", "spend"))
    least = least_spender(result)
    more = spend[name] - spend[least]
    return signed((profit[name] - profit[least]) / more) if more > 0 else "–"
