"""When reactions come: the course of whole cascades, and the time from a message to what answers it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from influence_sim.verification.findings import Finding, Ground, Size
from influence_sim.verification.patterns.bands import Times, log_distance, median, quartiles
from influence_sim.verification.patterns.cascades import TWITTER, pair
from influence_sim.verification.patterns.data import (
    by_tree,
    course,
    delays,
    present_folder,
    support_replies,
    tideh_course,
)

COLLECTION = "TiDeH: Kobayashi & Lambiotte 2016, out of the collection that gave Zhao et al. 2015 the model's kernel"
SUPPORTED = "customers' replies to brands: Customer Support on Twitter, Thought Vector 2017"

NO_STALENESS = "interest in real stories fades within days; here a copy seen late is shared as readily as a fresh one"
NO_NIGHT = "people sleep, and what is posted before the night waits; here every hour is alike"


def time_course(size: Size, **parameters: float) -> Iterable[Finding]:
    """Compare the time course of whole cascades, over their first seven days."""
    real, model = pair(size, parameters)
    ours, tideh = course(model), tideh_course(present_folder())
    yield from _times("reshares", course(real), ours, Ground.VALIDATED, TWITTER, {"24 h": NO_STALENESS})
    slow = {"1 h": NO_NIGHT, "half": NO_NIGHT}
    yield from _times("reshares (TiDeH)", tideh, ours, Ground.CALIBRATED, COLLECTION, slow)


def reactions(size: Size, **parameters: float) -> Iterable[Finding]:
    """Compare the time from a message to a reaction to it, as far as that comes within 14 days."""
    real, model = pair(size, parameters)
    ours, replies = delays(model), support_replies(present_folder())
    yield from _times("parent to child", delays(real), ours, Ground.VALIDATED, TWITTER, {"24 h": NO_STALENESS})
    yield from _times("replies to a brand", replies, ours, Ground.VALIDATED, SUPPORTED, {})


def _times(
    what: str, theirs: Times, ours: Times, ground: Ground, source: str, misses: Mapping[str, str]
) -> Iterable[Finding]:
    there, here, distance = by_tree(*theirs), by_tree(*ours), log_distance(theirs, ours)
    for name, label in (("1 h", "share within 1 h"), ("24 h", "share within 24 h"), ("half", "median hours")):
        yield Finding(
            f"{what}: {label}",
            *quartiles(there[name]),
            *median(here[name]),
            ground=ground,
            source=source,
            distance=distance,
            measured_by="Wasserstein-1 in log10 hours",
            known_miss=misses.get(name, ""),
        )
