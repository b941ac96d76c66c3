"""Putting claims to the test: what is run, in which order, and what it comes to."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

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
        The same parts without what the claim rests on, and where nothing happens.
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
    quiet: tuple[Effect, ...]
    cells: tuple[Cell, ...] = ()
    held: tuple[bool, ...] = ()
    turns_on: tuple[Trait, ...] = ()

    @property
    def share(self) -> float:
        """Share of the space of assumptions in which it held."""
        return float(np.mean(self.held)) if self.held else np.nan


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
    began, archive = time.time(), Archive(keep, seed)

    def tried(
        stage: str, where: Sequence[tuple[Claim, Point]], replicates: int, *, rare: bool = False, decisive: bool = False
    ) -> list[_Tried]:
        wishes = [
            wanted(claim, point, replicates * (claim.rarity if rare else 1), decisive=decisive)
            for claim, point in where
        ]
        if wishes:
            tell(stage)
            each = (wish for parts in wishes for pair in parts for wish in pair)
            archive.gather(each, jobs=jobs, on_progress=on_progress)
        return [_effects(claim, archive, parts) for (claim, _), parts in zip(where, wishes, strict=True)]

    defaults = [
        _known(claim, effects)
        for claim, effects in zip(
            claims,
            tried("at the defaults", [(claim, {}) for claim in claims], effort.replicates, rare=True),
            strict=True,
        )
    ]
    controls = tried(
        "without what they rest on", [(one, conditions.control(one)) for one in claims], effort.checks, decisive=True
    )
    quiet = tried(
        "where nothing happens",
        [(one, conditions.quiet(one.scenario)) for one in claims],
        effort.checks,
        decisive=True,
    )
    maps = [(one, point) for one in claims for point in (conditions.mapped(one) if effort.per_point else ())]
    mapped = tried("over what may decide them", maps, effort.per_point)
    spread = [(one, point) for one in claims for point in conditions.space(one.scenario, effort.points, seed)]
    spaced = tried("over all that is assumed", spread, effort.in_space)
    here = decided(defaults)
    found = []
    for place, claim in enumerate(claims):
        cells = [(point, effects) for (one, point), effects in zip(maps, mapped, strict=True) if one is claim]
        points = [(point, effects) for (one, point), effects in zip(spread, spaced, strict=True) if one is claim]
        found.append(
            _found(claim, defaults[place], here[place], controls[place] or (), quiet[place] or (), cells, points)
        )
    manifest = {
        "influence_sim": version("influence-sim"),
        "generator": GENERATOR_VERSION,
        "seconds": round(time.time() - began),
        "date": time.strftime("%Y-%m-%d", time.gmtime(began)),
        "jobs": jobs,
    }
    return Results(tuple(found), effort, seed, manifest)


type _Tried = tuple[Effect, ...] | None
"""What the parts of a claim came to; None where its worlds could not be run."""


def _effects(claim: Claim, archive: Archive, parts: Sequence[Sequence[Wanted | float]]) -> _Tried:
    effects = []
    for part, wishes in zip(claim.parts, parts, strict=True):
        values = [archive.value(wish) for wish in wishes]
        if any(isinstance(value, str) for value in values):
            return None
        more, less = (np.asarray(value, float) for value in values)
        effects.append(effect_of(part, more, less))
    return tuple(effects)


def _known(claim: Claim, effects: _Tried) -> tuple[Effect, ...]:
    if effects is None:
        raise ValueError(f"claim {claim.number}: its worlds cannot be run at the defaults")
    return effects


def _found(
    claim: Claim,
    effects: tuple[Effect, ...],
    here: Here,
    control: tuple[Effect, ...],
    quiet: tuple[Effect, ...],
    cells: Sequence[tuple[Point, _Tried]],
    points: Sequence[tuple[Point, _Tried]],
) -> Found:
    whole = [(point, effects) for point, effects in cells if effects is not None]
    in_cells = decided([effects for _, effects in whole]) if whole else []
    tried = [(point, effects) for point, effects in points if effects is not None]
    held = tuple(together(effects).holds for _, effects in tried)
    traits: tuple[Trait, ...] = ()
    if tried:
        fails = ~np.array(held, bool)
        traits = weakness(str(claim.number), [point for point, _ in tried], fails).traits
    return Found(
        claim=claim,
        effects=effects,
        here=here,
        p=together(effects).p,
        verdict=verdict(here, held),
        control=control,
        quiet=quiet,
        cells=tuple(Cell(point, effects, one) for (point, effects), one in zip(whole, in_cells, strict=True)),
        held=held,
        turns_on=tuple(trait for trait in traits if trait.is_sure),
    )
