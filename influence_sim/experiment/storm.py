"""One firestorm, lived through again: keyed draws make the same world of the same seed, hour by hour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from influence_sim.core.bursts import WINDOW_HOURS
from influence_sim.core.engine import Engine
from influence_sim.core.measures import STANDARD
from influence_sim.core.messages import AGAINST, Channel, Kind
from influence_sim.core.setting import HOURS_PER_DAY
from influence_sim.core.worlds import Worlds
from influence_sim.experiment.anatomy import Table, storm_table
from influence_sim.experiment.plan import APART, World, checksum, plan_of
from influence_sim.experiment.results import Comparison
from influence_sim.experiment.runner import prepare

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from influence_sim.core.graph import Graph

AFTERWARDS_HOURS = 72
"""Hours that are followed after a storm has died down; the time before it is a day."""
MOST_CARRIERS = 10


@dataclass(frozen=True, eq=False)
class Moment:
    """What everybody thinks of the company at an hour, and who has spoken against it since the storm began.

    Attributes
    ----------
    title
        When, in words.
    hour
        From the beginning of the comparison.
    attitude, against
        Shape (consumers,) each.
    """

    title: str
    hour: float
    attitude: NDArray[np.float32]
    against: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Carrier:
    """Somebody who carried a storm.

    Attributes
    ----------
    name
        As in the network's source.
    audience
        Followers.
    posts, shares
        Negative posts written, and posts of others passed on, in the storm.
    passed_on
        Shares by those who had it from this person, directly or through others.
    """

    name: str
    audience: int
    posts: int
    shares: int
    passed_on: int


@dataclass(frozen=True, eq=False, repr=False)
class Storm:
    """The anatomy of one firestorm; hours count from the beginning of the comparison.

    Attributes
    ----------
    strategy, replicate, company
        In which world it raged, and about whom.
    began, broke_out, ended
        Hours at which the burst began, was a firestorm, and was over; ``ended`` is not a number if the comparison ended
        first.
    peak
        Hour at which the worst six hours ended.
    area
        Negative posts and shares beyond what was expected.
    hours, volume
        Shape (hours,) each: hour by hour from a day before to three days after, negative posts and shares.
    expected
        Of them per hour, when the storm broke out.
    public_replies, private_replies
        Shape (replies,) each: hours at which the company answered, in the same time.
    messages
        Negative posts and shares of the storm, and those before it that they pass on (``before``), as columns by name;
        ``parent`` and ``root`` are places among them, the parent of a post is −1.
    moments
        Just before it, at its worst, and a day after its end, or when the comparison ended.
    carriers
        Those through whom most shares came, at most :data:`MOST_CARRIERS`.
    graph
        The network.
    """

    strategy: str
    replicate: int
    company: str
    began: float
    broke_out: float
    ended: float
    peak: float
    area: float
    hours: NDArray[np.float64]
    volume: NDArray[np.int64]
    expected: float
    public_replies: NDArray[np.float64]
    private_replies: NDArray[np.float64]
    messages: Table
    moments: tuple[Moment, ...]
    carriers: tuple[Carrier, ...]
    graph: Graph

    def __repr__(self) -> str:
        return (
            f"Storm of {self.company}, {self.strategy}, replicate {self.replicate}: from day {self.began / 24:.1f}, "
            f"{self.voices.size} people, {self.area:.0f} posts and shares more than usual"
        )

    def _repr_html_(self) -> str:
        from influence_sim.experiment.displays import display

        return display(repr(self), [], [asdict(carrier) for carrier in self.carriers])

    def plot(self) -> Figure:
        """Draw it hour by hour, with the company's replies (needs the extra ``viz``).

        Returns
        -------
        Figure
            By Matplotlib; hours across.
        """
        from influence_sim.figures.storm import hours

        return hours(self)

    def plot_cascade(self) -> Figure:
        """Draw its largest cascade.

        Returns
        -------
        Figure
            By Matplotlib.
        """
        from influence_sim.figures.storm import tree

        return tree(self)

    def plot_network(self) -> Figure:
        """Draw where in the network it burned, before, at its worst and afterwards.

        Returns
        -------
        Figure
            By Matplotlib.
        """
        from influence_sim.figures.storm import burned

        return burned(self)

    @property
    def voices(self) -> NDArray[np.int64]:
        """Consumers who posted or shared something negative in the storm, shape (people,), by number."""
        return np.unique(self.messages["author"][~self.messages["before"]]).astype(np.int64)

    @property
    def largest_tree(self) -> NDArray[np.int64]:
        """Places of the messages of the largest cascade, shape (messages,): the post first, then by their hours."""
        roots, sizes = np.unique(self.messages["root"][~self.messages["before"]], return_counts=True)
        members = np.flatnonzero(self.messages["root"] == roots[sizes.argmax()])
        return members[np.lexsort((members, self.messages["born"][members]))]


def biggest_storm(result: Comparison, graph: Graph | None = None) -> Storm | None:
    """Live through the focal company's biggest firestorm of a comparison again; None if there was none.

    The biggest is the one with most negative posts and shares beyond what was expected, over all strategies and
    replicates.

    Parameters
    ----------
    result
        What was compared.
    graph
        The network, if it was given as an object; else it is made or read again as the scenario says.

    Returns
    -------
    Storm or None
        None if nothing burned.

    Raises
    ------
    ValueError
        If the same world does not come about any more: the network has changed, or the strategy.
    """
    found, ours = result.storms, result.companies[result.focal]
    if not found or not (found["company"] == ours).any():
        return None
    mine = np.flatnonzero(found["company"] == ours)
    worst = mine[np.argmax(found["area"][mine])]
    storm = {name: column[worst].item() for name, column in found.items()}
    return _live_through(result.manifest, storm, graph)


def _live_through(manifest: Mapping[str, Any], storm: Mapping[str, Any], graph: Graph | None) -> Storm:
    plan = replace(plan_of(manifest), given_graph=graph)
    point, replicate = divmod(storm["replicate"], plan.replicates) if plan.posterior else (0, storm["replicate"])
    scenario = plan.scenario_at(point)
    people = plan.graph_at(point)
    if point == 0 and checksum(people) != manifest["graph"]["sha256"]:
        raise ValueError(f"{people.name}: is not the network of this comparison any more")
    number = replicate + (APART * point if plan.posterior else 0)
    engine = prepare(
        scenario, scenario.setting(people), [World(storm["strategy"], number)], seed=plan.seed, measures=STANDARD
    )
    start = scenario.burn_in_days * HOURS_PER_DAY
    # The volume is smoothed over six hours: at the peak the worst of them end.
    began = round(storm["begin"] * HOURS_PER_DAY)
    peak = began + round(storm["hours_to_peak"])
    end = scenario.days * HOURS_PER_DAY
    over = began + storm["hours"] if storm["hours"] == storm["hours"] else end
    moments = []
    last = "a day after its end" if storm["hours"] == storm["hours"] else "at the end, still burning"
    for title, hour in (("just before", began), ("at its worst", peak), (last, over + HOURS_PER_DAY)):
        hour = min(int(hour), end)
        _run_until(engine, start + hour)
        state, row = engine.worlds.state, scenario.focal_company
        against = state.against[row] >= start + began
        moments.append(Moment(title, float(hour), state.attitude[row].copy(), against))
    _run_until(engine, start + min(int(over) + AFTERWARDS_HOURS, end))
    return _anatomy(engine.worlds, storm, replicate, start, moments, people)


def _run_until(engine: Engine, hour: float) -> None:
    while engine.worlds.now < hour:
        engine.step()


def _anatomy(
    worlds: Worlds, storm: Mapping[str, Any], replicate: int, start: int, moments: list[Moment], graph: Graph
) -> Storm:
    focal = worlds.setting.names.index(storm["company"])
    again = storm_table(worlds)
    same = (again["company"] == focal) & (again["begin"] == storm["begin"]) & np.isclose(again["area"], storm["area"])
    if not same.any():
        raise ValueError(
            f"the world of {storm['strategy']}, replicate {storm['replicate']} does not come about any more: "
            "was a strategy of one's own changed, or another version of the library used?"
        )
    _, began, broke_out, ended, expected, _, _ = worlds.watch.storms[:, worlds.watch.storms[0] == focal]
    which = int(np.flatnonzero(began == start + round(storm["begin"] * HOURS_PER_DAY))[0])
    first, last = began[which], np.nan_to_num(ended[which], nan=worlds.now)
    table, count = worlds.messages, len(worlds.messages)
    born = table.born[:count]
    about = table.row[:count] == focal
    seen = (born >= first - HOURS_PER_DAY) & (born < min(last + AFTERWARDS_HOURS, worlds.now))
    replied = about & seen & (table.kind[:count] == Kind.REPLY)
    private = table.channel[:count] == Channel.PRIVATE
    negative = about & AGAINST[table.kind[table.root[:count]]] & ~private & (table.kind[:count] != Kind.REPLY)
    # The burst was noticed when its first hours were over.
    inside = np.flatnonzero(negative & (born >= first - WINDOW_HOURS) & (born <= last + 1) & (born < worlds.now))
    hours = np.arange(max(first - HOURS_PER_DAY, 0), min(last + AFTERWARDS_HOURS, worlds.now))
    messages = _columns(worlds, inside, start)
    return Storm(
        strategy=storm["strategy"],
        replicate=replicate,
        company=storm["company"],
        began=float(first - start),
        broke_out=float(broke_out[which] - start),
        ended=float(ended[which] - start),
        peak=float(first - start + storm["hours_to_peak"]),
        area=float(storm["area"]),
        hours=hours - start,
        volume=np.array([worlds.watch.volume[int(hour)][focal] for hour in hours], np.int64),
        expected=float(expected[which]),
        public_replies=born[replied & ~private] - start,
        private_replies=born[replied & private] - start,
        messages=messages,
        moments=tuple(moments),
        carriers=tuple(_carriers(messages, graph)),
        graph=graph,
    )


def _columns(worlds: Worlds, chosen: NDArray[np.int64], start: int) -> Table:
    """Return messages, with those that they pass on and that were there before; parents and roots as places."""
    table, inside = worlds.messages, chosen
    above = table.parent[chosen]
    while (above := np.setdiff1d(above[above >= 0], chosen)).size:
        chosen = np.union1d(chosen, above)
        above = table.parent[above]
    place = np.full(len(table), -1)
    place[chosen] = np.arange(chosen.size)
    parent = table.parent[chosen]
    return {
        "author": table.author[chosen].astype(np.int64),
        "kind": table.kind[chosen].astype(np.int64),
        "born": table.born[chosen] - start,
        "parent": np.where(parent >= 0, place[np.maximum(parent, 0)], -1),
        "root": place[table.root[chosen]],
        "before": ~np.isin(chosen, inside),
    }


def _carriers(messages: Table, graph: Graph) -> list[Carrier]:
    """Return those through whom most shares came, the greatest first."""
    author, parent, count = messages["author"], messages["parent"], messages["author"].size
    below, is_share, inside = np.zeros(count, np.int64), messages["kind"] == Kind.SHARE, ~messages["before"]
    # Messages stand in the order of their making, children after their parents.
    for place in range(count - 1, -1, -1):
        if parent[place] >= 0:
            below[parent[place]] += below[place] + is_share[place] * inside[place]
    people, who = np.unique(author, return_inverse=True)
    posts = np.bincount(who, inside & ~is_share, people.size).astype(np.int64)
    shares = np.bincount(who, inside & is_share, people.size).astype(np.int64)
    passed_on = np.bincount(who, below, people.size).astype(np.int64)
    audience = np.diff(graph.offsets)[people]
    order = np.lexsort((people, -audience, -passed_on))[:MOST_CARRIERS]
    return [
        Carrier(
            name=str(people[k] if graph.labels is None else graph.labels[people[k]]),
            audience=int(audience[k]),
            posts=int(posts[k]),
            shares=int(shares[k]),
            passed_on=int(passed_on[k]),
        )
        for k in order
        if passed_on[k]
    ]
