"""What sets the futures apart in which a strategy fails: one key at a time, with tests.

Boxes of several keys are what EMA Workbench finds (PRIM: Bryant & Lempert 2010).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control, fisher_exact, mannwhitneyu

from influence_sim.experiment.plan import Point
from influence_sim.experiment.verdicts import LEVEL

type F8 = NDArray[np.float64]
type Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Trait:
    """How the futures in which a strategy fails differ from the others in one key.

    Attributes
    ----------
    tendency
        Of a number: probability that it is larger in a failing future than in another (half of it where equal).
    p
        Mann–Whitney test, or Fisher's exact test of the value that stands out most; adjusted to the number of keys, so
        that of the keys called sure at most 5 % are expected not to matter (Benjamini & Hochberg 1995).
    above, below
        The bound of a number that parts failing futures from others best; one of them is infinite.
    values
        Of what is no number: those with more than the common share of failures; none if all have the same.
    coverage, density
        Share of the failing futures within, and share of those within that fail.
    """

    key: str
    tendency: float
    p: float
    above: float
    below: float
    values: tuple[Any, ...]
    coverage: float
    density: float

    def __str__(self) -> str:
        if self.values:
            return f"{self.key} is {' or '.join(map(str, self.values))}"
        if self.above == -math.inf and self.below == math.inf:
            return f"{self.key} is anything"
        return f"{self.key} > {self.above:.3g}" if self.below == math.inf else f"{self.key} < {self.below:.3g}"

    @property
    def is_sure(self) -> bool:
        """Whether failing futures surely differ from others in this key."""
        return self.p <= LEVEL

    def holds(self, value: Any) -> bool:
        """Whether a value lies within."""
        if self.values:
            return value in self.values
        return (self.above == -math.inf or value > self.above) and (self.below == math.inf or value < self.below)


@dataclass(frozen=True, slots=True)
class Weakness:
    """Where a strategy surely fails: in ``count`` futures, and what sets them apart.

    ``traits`` are of all keys, the surest first; ``coverage`` and ``density`` those of all sure ones together. A key
    that does harm at both ends, or only together with another, may not show; EMA Workbench's boxes find such.
    """

    strategy: str
    count: int
    traits: tuple[Trait, ...]
    coverage: float
    density: float

    @property
    def sure(self) -> tuple[Trait, ...]:
        """The keys in which failing futures surely differ from others."""
        return tuple(trait for trait in self.traits if trait.is_sure)


def weakness(strategy: str, futures: Sequence[Point], fails: Bools) -> Weakness:
    """Describe the futures in which a strategy fails."""
    count = int(fails.sum())
    if count in (0, len(fails)):
        return Weakness(strategy, count, (), np.nan, np.nan)
    columns = {key: [future[key] for future in futures] for key in futures[0]}
    traits = [
        _bound(key, np.array(values, float), fails) if is_numeric(values) else _values(key, values, fails)
        for key, values in columns.items()
        if len(set(values)) > 1
    ]
    if not traits:
        return Weakness(strategy, count, (), np.nan, np.nan)
    ps = false_discovery_control([trait[0] for trait in traits])
    found = []
    for p, (_, key, tendency, above, below, values) in zip(ps, traits, strict=True):
        one = Trait(key, tendency, float(p), above, below, values, np.nan, np.nan)
        within = np.array([one.holds(value) for value in columns[key]])
        found.append(Trait(key, tendency, float(p), above, below, values, *_fit(within, fails)))
    found.sort(key=lambda trait: trait.p)
    box = np.array([all(trait.holds(future[trait.key]) for trait in found if trait.is_sure) for future in futures])
    return Weakness(strategy, count, tuple(found), *_fit(box, fails))


type _Found = tuple[float, str, float, float, float, tuple[Any, ...]]


def _bound(key: str, values: F8, fails: Bools) -> _Found:
    """Return the bound of a number that parts failing futures from others best."""
    test = mannwhitneyu(values[fails], values[~fails])
    tendency = float(test.statistic / (fails.sum() * (~fails).sum()))
    steps = np.unique(values)
    bounds = (steps[1:] + steps[:-1]) / 2
    over = values[:, None] > bounds
    apart = over[fails].mean(axis=0) - over[~fails].mean(axis=0)
    if tendency >= 0.5:
        return float(test.pvalue), key, tendency, float(bounds[apart.argmax()]), math.inf, ()
    return float(test.pvalue), key, tendency, -math.inf, float(bounds[apart.argmin()]), ()


def _values(key: str, values: Sequence[Any], fails: Bools) -> _Found:
    """Return the values with more than the common share of failures."""
    kinds = sorted(set(values), key=str)
    ps, often = [], []
    for kind in kinds:
        has = np.array([value == kind for value in values])
        table = [[int((has & fails).sum()), int((has & ~fails).sum())]]
        table.append([int((~has & fails).sum()), int((~has & ~fails).sum())])
        ps.append(float(fisher_exact(table).pvalue))
        if fails[has].mean() > fails.mean():
            often.append(kind)
    return min(1.0, len(kinds) * min(ps)), key, np.nan, -math.inf, math.inf, tuple(often)


def _fit(within: Bools, fails: Bools) -> tuple[float, float]:
    """Return coverage and density."""
    both = float((within & fails).sum())
    return both / float(fails.sum()), both / float(within.sum()) if within.any() else np.nan


def is_numeric(values: Sequence[Any]) -> bool:
    """Whether all values are numbers, and not true or false."""
    return all(isinstance(value, int | float | np.number) and not isinstance(value, bool) for value in values)
