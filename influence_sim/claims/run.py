"""Putting claims to the test: what is run, in which order, and what it comes to."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from influence_sim.claims import conditions
from influence_sim.claims.claim import Claim
from influence_sim.claims.judging import Effect, Here, Verdict, decided, effect_of, together, verdict
from influence_sim.claims.trials import Archive, Progress, Wanted, wanted
from influence_sim.core.draws import GENERATOR_VERSION
from influence_sim.experiment.plan import Point
from influence_sim.experiment.weaknesses import Trait, weakness

type Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Effort:
    """How many worlds are spent.

    Attributes
    ----------
    replicates
        At the defaults.
    checks
        Replicates without the mechanism, and where nothing happens.
    per_point
        Replicates at each point of a phase map.
    points, in_space
        Points of the space of assumptions, and replicates at each.
    """

    replicates: int
    checks: int
    per_point: int
    points: int
    in_space: int


AT_A_TIME = 20
"""Points of the space of assumptions that are prepared together: what is wanted there is held in memory."""

FULL = Effort(replicates=60, checks=20, per_point=8, points=200, in_space=2)
QUICK = Effort(replicates=12, checks=4, per_point=0, points=0, in_space=0)


@dataclass(frozen=True, slots=True)
class Cell:
    """A point of a phase map: how far the claim's parts came out there, and what is found."""

    point: Point
    effects: tuple[Effect, ...]
    here: Here


@dataclass(frozen=True, slots=True)
class Found:
    """All that is found about a claim.

    Attributes
    ----------
    effects
        Of its parts, at the defaults.
    here
        What that says, allowing for the other claims tried with it.
    p
        How surprising that would be if it were wrong, by itself.
    control, quiet
        The same parts without what the claim rests on, and where nothing happens; and what that says there.
    cells
        Of its phase map.
    held
        Point by point of the space of assumptions, whether it held; points that could not be run are left out.
    turns_on
        Assumptions that set the points apart in which it does not hold, the surest first.
    """

    claim: Claim
    effects: tuple[Effect, ...]
    here: Here
    p: float
    verdict: Verdict
    control: tuple[Effect, ...]
    control_here: Here
    quiet: tuple[Effect, ...]
    quiet_here: Here
    cells: tuple[Cell, ...] = ()
    held: tuple[bool, ...] = ()
    turns_on: tuple[Trait, ...] = ()


@dataclass(frozen=True)
class Results:
    """What is found about all claims, and how."""

    found: tuple[Found, ...]
    effort: Effort
    seed: int
    manifest: dict[str, Any] = field(default_factory=dict)


def put_to_the_test(
    claims: Sequence[Claim],
    effort: Effort = FULL,
    *,
    seed: int = 1,
    jobs: int = 1,
    keep: Path | None = None,
    on_progress: Progress | None = None,
    tell: Tell = lambda stage: None,
) -> Results:
    """Try claims at the defaults, without their mechanisms, where nothing happens, and over what is assumed.

    Parameters
    ----------
    claims
        At least one.
    effort
        How many worlds are spent.
    seed
        Same seed, same numbers, whichever claims are tried together and in however many processes.
    jobs
        Processes.
    keep
        Folder in which what has been run is kept as it is done, so that a run can go on from there.
    on_progress
        Called now and then with the trials done and their total, stage by stage.
    tell
        Called with the name of each stage as it begins.

    Raises
    ------
    StoreError
        If the folder cannot be used.
    WorkerError
        If workers were lost.
    """
    began, date = time.monotonic(), time.gmtime()
    run = _Run(claims, effort, seed, jobs, Archive(keep), on_progress, tell)
    stages = [run.at_defaults(), run.without_mechanisms(), run.where_nothing_happens()]
    here = [decided(stage) for stage in stages]
    maps, spaces = run.over_maps(), run.over_space()
    found = tuple(
        _found(claim, [stage[place] for stage in stages], [stage[place] for stage in here], maps[place], spaces[place])
        for place, claim in enumerate(claims)
    )
    manifest = {
        "influence_sim": version("influence-sim"),
        "generator": GENERATOR_VERSION,
        "seconds": round(time.monotonic() - began),
        "date": time.strftime("%Y-%m-%d", date),
        "jobs": jobs,
    }
    return Results(found, effort, seed, manifest)


class _Condition(NamedTuple):
    """Where a claim is tried, and on how many worlds a side."""

    claim: Claim
    point: Point
    replicates: int
    seed: int
    decisive: bool = False


type _Tried = tuple[Effect, ...] | str
"""What the parts of a claim came to, or why its worlds could not be run."""
type _Points = list[tuple[Point, _Tried]]


@dataclass(frozen=True)
class _Run:
    """The stages of trying claims; each returns what was found, claim by claim."""

    claims: Sequence[Claim]
    effort: Effort
    seed: int
    jobs: int
    archive: Archive
    on_progress: Progress | None
    tell: Tell

    def at_defaults(self) -> list[tuple[Effect, ...]]:
        many = self.effort.replicates
        return self._all("at the defaults", [_Condition(one, {}, many * one.rarity, self.seed) for one in self.claims])

    def without_mechanisms(self) -> list[tuple[Effect, ...]]:
        return self._all(
            "without what they rest on",
            [
                _Condition(one, conditions.control(one), self.effort.checks, self.seed, decisive=True)
                for one in self.claims
            ],
        )

    def where_nothing_happens(self) -> list[tuple[Effect, ...]]:
        return self._all(
            "where nothing happens",
            [
                _Condition(one, conditions.quiet(one.scenario), self.effort.checks, self.seed, decisive=True)
                for one in self.claims
            ],
        )

    def over_maps(self) -> list[_Points]:
        many = self.effort.per_point
        maps = [list(conditions.mapped(one)) if many else [] for one in self.claims]
        tried = iter(
            self._tried(
                "over what may decide them",
                [
                    _Condition(one, point, many * one.rarity, self.seed)
                    for one, points in zip(self.claims, maps, strict=True)
                    for point in points
                ],
            )
        )
        return [[(point, next(tried)) for point in points] for points in maps]

    def over_space(self) -> list[_Points]:
        """Try claims at all points, some at a time, as much is wanted there.

        Each point has draws of its own, or all would tell of the same few worlds; claims share them.
        """
        points, many = self.effort.points, self.effort.in_space
        spaces = [conditions.space(one.scenario, points, self.seed) for one in self.claims]
        found: list[_Points] = [[] for _ in self.claims]
        for first in range(0, points, AT_A_TIME):
            places = range(first, min(first + AT_A_TIME, points))
            stage = f"over all that is assumed, points {first + 1} to {places[-1] + 1} of {points}"
            tried = iter(
                self._tried(
                    stage,
                    [
                        _Condition(one, space[place], many * one.rarity, conditions.seed_at(self.seed, place))
                        for one, space in zip(self.claims, spaces, strict=True)
                        for place in places
                    ],
                )
            )
            for known, space in zip(found, spaces, strict=True):
                known += [(space[place], next(tried)) for place in places]
            self.archive.forget()
        return found

    def _tried(self, stage: str, several: Sequence[_Condition]) -> list[_Tried]:
        if several:
            self.tell(stage)
        parts = [wanted(one.claim, one.point, one.replicates, one.seed, decisive=one.decisive) for one in several]
        wishes = (wish for claim in parts for pair in claim for wish in pair)
        self.archive.gather(wishes, jobs=self.jobs, on_progress=self.on_progress)
        return [_effects(one.claim, self.archive, wishes) for one, wishes in zip(several, parts, strict=True)]

    def _all(self, stage: str, several: Sequence[_Condition]) -> list[tuple[Effect, ...]]:
        """Try claims where all of them can be tried; one that cannot is a ValueError."""
        found = []
        for one, effects in zip(several, self._tried(stage, several), strict=True):
            if isinstance(effects, str):
                raise ValueError(f"claim {one.claim.number}: its worlds cannot be run: {effects}")
            found.append(effects)
        return found


def _effects(claim: Claim, archive: Archive, parts: Sequence[Sequence[Wanted | float]]) -> _Tried:
    effects = []
    for part, wishes in zip(claim.parts, parts, strict=True):
        values = []
        for wish in wishes:
            value = archive.value(wish)
            if isinstance(value, str):
                return value
            values.append(value)
        effects.append(effect_of(part, *values))
    return tuple(effects)


def _whole(tried: Sequence[tuple[Point, _Tried]]) -> list[tuple[Point, tuple[Effect, ...]]]:
    """Return what was found where there is something to compare on both sides of all parts."""
    return [
        (point, effects)
        for point, effects in tried
        if not isinstance(effects, str) and all(effect.replicates for effect in effects)
    ]


def _found(
    claim: Claim,
    stages: Sequence[tuple[Effect, ...]],
    here: Sequence[Here],
    cells: Sequence[tuple[Point, _Tried]],
    points: Sequence[tuple[Point, _Tried]],
) -> Found:
    (effects, control, quiet), whole, tried = stages, _whole(cells), _whole(points)
    in_cells = decided([effects for _, effects in whole]) if whole else []
    held = tuple(together(effects).holds for _, effects in tried)
    traits: tuple[Trait, ...] = ()
    if tried:
        fails = ~np.array(held, bool)
        traits = weakness(str(claim.number), [point for point, _ in tried], fails).traits
    sure_traits = tuple(trait for trait in traits if trait.is_sure)
    return Found(
        claim=claim,
        effects=effects,
        here=here[0],
        p=together(effects).p,
        verdict=verdict(here[0], held, bool(sure_traits)),
        control=control,
        control_here=here[1],
        quiet=quiet,
        quiet_here=here[2],
        cells=tuple(Cell(point, effects, one) for (point, effects), one in zip(whole, in_cells, strict=True)),
        held=held,
        turns_on=sure_traits,
    )
