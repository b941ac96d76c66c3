"""What is happening, in plain sentences, from a snapshot."""

from __future__ import annotations

import numpy as np

from influence_sim.core.bursts import WINDOW_HOURS
from influence_sim.core.setting import HOURS_PER_DAY
from influence_sim.experiment.words import number, share
from influence_sim.page.feed import duration, when
from influence_sim.page.snapshot import Side, Snapshot, first_days

_FUNDED = 0.995
"""A share below which a budget is said to be short."""


def tell(now: Snapshot) -> list[str]:
    """Return sentences: when it is, what has struck, how each contender fares, and how they differ."""
    if now.hour == 0:
        return [_opening(now)]
    said = [_time(now), *_struck(now), *(_fares(side, now) for side in now.sides)]
    if len(now.sides) > 1:
        said.append(_difference(now))
    return said


def _opening(now: Snapshot) -> str:
    names = _listed([side.name for side in now.sides])
    same = " in the same world, with the same accidents" if len(now.sides) > 1 else ""
    return f"{when(0)}. From here on {now.company} follows {names}{same}. Play, or step, to see what comes of it."


def _time(now: Snapshot) -> str:
    if now.is_over:
        return f"All {now.days} days are over."
    return f"{when(now.hour)}."


def _struck(now: Snapshot) -> list[str]:
    """Say what struck last, how long ago, and whom."""
    what = f"The {now.incidents[0]}" if len(now.incidents) == 1 else "An incident"
    hit = [side.hit for side in now.sides]
    days = first_days(hit)
    if not days:
        return [f"{what} has not struck yet." if now.incidents and now.strikes_ahead else "Nothing has gone wrong."]
    first = days[-1]
    people = [int(one[first:].sum()) for one in hit]
    ago = (now.hour - first * HOURS_PER_DAY) // HOURS_PER_DAY
    since = "today" if ago < 1 else "a day ago" if ago < 2 else f"{ago:.0f} days ago"
    if len(set(people)) == 1:
        whom = f"{people[0]:,} {'people' if people[0] != 1 else 'person'}"
    else:
        each = [f"{count:,} ({side.name})" for count, side in zip(people, now.sides, strict=True)]
        whom = f"{_listed(each)} people"
    return [f"{what} struck {since} and hit {whom}."]


def _fares(side: Side, now: Snapshot) -> str:
    """Say how a contender fares: storms, complaints and answers, and money if it is short."""
    parts = [_storm(side, now)]
    cases = side.cases
    if not cases.complaints:
        parts.append("has had no complaint")
    elif cases.answered:
        parts.append(
            f"has answered {cases.answered:,} of {cases.complaints:,} complaints,"
            f" the median after {duration(cases.median_hours)}"
        )
    else:
        parts.append(f"has answered none of {cases.complaints:,} complaint{'' if cases.complaints == 1 else 's'}")
    if cases.deleted:
        parts.append(f"has deleted {cases.deleted:,}")
    if side.funded < _FUNDED:
        parts.append(f"can pay for {share(side.funded)} of what it wants")
    return f"{side.name} {_listed(parts)}."


def _storm(side: Side, now: Snapshot) -> str:
    pace = smoothed(side.volume)
    since = side.burning_since
    if since is None:
        if not side.storms:
            return "has had no firestorm"
        begin, end = side.storms[-1]
        return f"has been out of its firestorm of {duration(end - begin)} for {duration(max(now.hour - end, 1))}"
    worst = pace[int(since) :].max(initial=0.0)
    at = "its worst so far" if pace[-1] >= worst else f"down from {number(float(worst))}"
    return (
        f"has been in a firestorm for {duration(now.hour - since)},"
        f" at {number(float(pace[-1]))} negative posts and shares an hour ({at})"
    )


def _difference(now: Snapshot) -> str:
    """Say how many customers the others have against the first."""
    first = now.sides[0]
    parts = []
    for side in now.sides[1:]:
        more = side.customers - first.customers
        if more:
            parts.append(f"{side.name} has {abs(more):,} customer{'' if abs(more) == 1 else 's'} "
                         f"{'more' if more > 0 else 'fewer'} than {first.name}")  # fmt: skip
        else:
            parts.append(f"{side.name} has as many customers as {first.name}")
    return f"So far {_listed(parts)} in these same accidents – one world says nothing about chance."


def smoothed(volume: np.ndarray) -> np.ndarray:
    """Return the mean of the last hours at each hour, as the watch over firestorms sees it."""
    total = np.concatenate([[0.0], np.cumsum(volume)])
    begin = np.maximum(np.arange(volume.size) + 1 - WINDOW_HOURS, 0)
    return np.asarray((total[1:] - total[begin]) / WINDOW_HOURS)


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
