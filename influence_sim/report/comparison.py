"""The report of a comparison, section by section."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from influence_sim.core.messages import Kind
from influence_sim.core.parameters import Parameters
from influence_sim.experiment.importance import Sensitivity
from influence_sim.experiment.plan import checksum, plan_of
from influence_sim.experiment.results import Comparison
from influence_sim.experiment.screening import is_begun
from influence_sim.experiment.spending import funded_share, planned_costs
from influence_sim.experiment.storm import Storm, biggest_storm
from influence_sim.experiment.words import (
    against_least_spender,
    headline,
    in_words,
    losses,
    number,
    share,
    shortages,
    signed,
    surety,
)
from influence_sim.figures import comparison as figures
from influence_sim.figures import storm as storm_figures
from influence_sim.report import tables
from influence_sim.report.document import Block, Document, Grid, Listing, Picture, Section, Text
from influence_sim.report.provenance import facts_of, reproduction
from influence_sim.scenario import ASSUMPTIONS, Incident, Scenario

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
        *_storm_sections(result, people),
        Section("What it cost, and what it earned", tuple(_costs(result, scenario, people))),
        Section("What was assumed", (*_drawn(result), *assumed(scenario), *_importance(screens, folder))),
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


def _storm_sections(result: Comparison, graph: Graph | None) -> Iterator[Section]:
    title, company = "The biggest firestorm", result.companies[result.focal]
    table = tables.storm_table(result)
    if table is None:
        yield Section(title, (Text(f"No firestorm of {company} broke out in any world."),))
        return
    listed = [Grid.of(table)]
    try:
        if graph is None:
            raise ValueError("the network is not to be had from the scenario alone")
        storm = biggest_storm(result, graph)
    except (ValueError, OSError) as error:
        yield Section(title, (Text(f"It could not be lived through again: {error}."), *listed))
        return
    assert storm is not None
    yield Section(title, (*_storm(storm), *listed))
    yield Section("Where the network burned", tuple(_burned(storm)))


def _storm(storm: Storm) -> Iterator[Block]:
    shares = int(((storm.messages["kind"] == Kind.SHARE) & ~storm.messages["before"]).sum())
    peak, tree = int(storm.volume.max()), len(storm.largest_tree)
    ended = "was still burning at the end" if np.isnan(storm.ended) else f"died down on day {storm.ended / 24:.1f}"
    public, private = storm.public_replies.size, storm.private_replies.size
    replies = f"{public + private:,} replies, {public:,} of them in public" if public + private else "no reply"
    yield Text(
        f"It raged in the world of {storm.strategy}, replicate {storm.replicate}: it began on day "
        f"{storm.began / 24:.1f}, was noticeable {storm.broke_out - storm.began + 1:.0f} hours later, and {ended}. "
        f"{storm.voices.size:,} of {storm.graph.nodes:,} consumers spoke or shared against {storm.company}, "
        f"{number(storm.area)} posts and shares more than usual. In the time shown {storm.company} gave {replies}. "
        "(The world was run again from its seed, which gives the same world to the hour.)"
    )
    yield Picture(
        "storm-hours",
        f"Bars of negative posts and shares an hour from day {storm.hours[0] / 24:.0f} to "
        f"{storm.hours[-1] / 24:.0f}, at most {peak}; ticks below mark {storm.public_replies.size} public "
        f"and {storm.private_replies.size} private replies.",
        "Hour by hour: what was said and shared against the company, and when it replied.",
        partial(storm_figures.hours, storm),
    )
    yield Picture(
        "storm-cascade",
        f"Tree of the largest cascade of the storm: {tree} posts and shares of one complaint over time.",
        f"The largest cascade: {tree} posts and shares. Lines lead from each to those who passed it on; hollow: before "
        "the storm began.",
        partial(storm_figures.tree, storm),
    )
    if storm.carriers:
        yield Grid(
            f"who carried it: those through whom most of {shares:,} shares came (passed on: by those who had it from "
            "them, directly or through others, so that those of a chain are counted with each of its members)",
            ("consumer", "audience", "posts", "shares", "passed on"),
            tuple((c.name, *(f"{n:,}" for n in (c.audience, c.posts, c.shares, c.passed_on))) for c in storm.carriers),
            (False, True, True, True, True),
        )


def _burned(storm: Storm) -> Iterator[Block]:
    said = "; ".join(
        f"{moment.title} (day {moment.hour / 24:.1f}) mean attitude {number(float(moment.attitude.mean()))}, "
        f"{moment.against.sum():,} against"
        for moment in storm.moments
    )
    shown = min(storm_figures.MOST_SHOWN, storm.graph.nodes)
    sampled = "" if shown == storm.graph.nodes else ", sampled around those who spoke against the company"
    yield Picture(
        "where-it-burned",
        f"The same people of the network three times, coloured by attitude: {said}.",
        f"{shown:,} of {storm.graph.nodes:,} people{sampled}, laid out once. Few go beyond the ends of "
        "the scale. Blue: for the company, vermilion: against; triangles: spoke or shared against it since the storm "
        "began; larger: larger audience.",
        partial(storm_figures.burned, storm),
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
        f"profit each money spent brought than {_least_spender(result)} has, which spends least",
        ("strategy", "plans to spend", "paid for", "more profit per money spent"),
        tuple(rows),
        (False, False, True, True),
    )


def _least_spender(result: Comparison) -> str:
    spent = {name: found.mean for name, found in result.estimates["spend"].items() if found.mean == found.mean}
    return min(spent, key=lambda name: spent[name]) if spent else result.strategies[0]


def _gain(result: Comparison, name: str) -> str:
    """Return by how much more profit than the least spender's each money spent beyond its spending was followed."""
    profit, spend = ({one: found.mean for one, found in result.estimates[what].items()} for what in ("profit", "spend"))
    least = _least_spender(result)
    more = spend[name] - spend[least]
    return signed((profit[name] - profit[least]) / more) if more > 0 else "–"


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


def _drawn(result: Comparison) -> Iterator[Block]:
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


def _importance(screens: Sequence[Sensitivity], folder: str | Path | None) -> Iterator[Block]:
    """Yield how much each assumption matters, or what is to be typed to find out."""
    from influence_sim.figures.importance import importance

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
