"""The anatomy of the biggest firestorm, as parts of a report."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from influence_sim.core.messages import Kind
from influence_sim.experiment.results import Comparison
from influence_sim.experiment.storm import Storm, biggest_storm
from influence_sim.experiment.words import number
from influence_sim.figures import storm as figures
from influence_sim.report import tables
from influence_sim.report.document import Block, Grid, Picture, Section, Text

if TYPE_CHECKING:
    from influence_sim.core.graph import Graph


def storm_sections(result: Comparison, graph: Graph | None) -> Iterator[Section]:
    """Yield what the biggest firestorm was, or why that cannot be told."""
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
        partial(figures.hours, storm),
    )
    yield Picture(
        "storm-cascade",
        f"Tree of the largest cascade of the storm: {tree} posts and shares of one complaint over time.",
        f"The largest cascade: {tree} posts and shares. Lines lead from each to those who passed it on; hollow: before "
        "the storm began.",
        partial(figures.tree, storm),
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
    shown = min(figures.MOST_SHOWN, storm.graph.nodes)
    sampled = "" if shown == storm.graph.nodes else ", sampled around those who spoke against the company"
    yield Picture(
        "where-it-burned",
        f"The same people of the network three times, coloured by attitude: {said}.",
        f"{shown:,} of {storm.graph.nodes:,} people{sampled}, laid out once. Few go beyond the ends of "
        "the scale. Blue: for the company, vermilion: against; triangles: spoke or shared against it since the storm "
        "began; larger: larger audience.",
        partial(figures.burned, storm),
    )
