"""What is sure in each future: who loses to the best there, who is the best, and who misses a threshold.

Nothing is sure from fewer than :data:`~influence_sim.experiment.sequential.LEAST_REPLICATES` replicates. Of all that is
called sure at most 5 % are expected not to be so, however many futures are looked at (Benjamini & Hochberg 1995).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control

from influence_sim.core.measures import Quantity
from influence_sim.experiment.contrasts import Contrast, contrast
from influence_sim.experiment.quantities import quantity
from influence_sim.experiment.sequential import LEAST_REPLICATES

type F8 = NDArray[np.float64]
type Bools = NDArray[np.bool_]

LEVEL = 0.05
"""Share of what is called sure that is expected not to be so, at most."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """What counts as failing: a mean ``below`` a value, or above it."""

    measure: Quantity
    below: bool
    value: float

    def __str__(self) -> str:
        return f"{self.measure.name} {'<' if self.below else '>'} {self.value:g}"

    @classmethod
    def parse(cls, text: str) -> Threshold:
        """Read ``MEASURE<VALUE`` or ``MEASURE>VALUE``.

        Raises
        ------
        ValueError
            If the text is neither, or there is no such measure.
        """
        found = re.fullmatch(r"\s*(\w+)\s*([<>])\s*(\S+)\s*", text)
        try:
            value = float(found[3]) if found else math.nan
        except ValueError:
            value = math.nan
        if found is None or not math.isfinite(value):
            raise ValueError(f"fails {text}: write MEASURE<VALUE or MEASURE>VALUE, as in profit<30000")
        return cls(quantity(found[1]), found[2] == "<", value)


def rankable(measure: str, strategies: Sequence[str]) -> Quantity:
    """Return what is known of a measure, if strategies can be ranked in it; else a ValueError of one line."""
    known = quantity(measure)
    if not known.better:
        raise ValueError(f"{measure}: more of it is neither better nor worse; choose another measure")
    if len(strategies) < 2:
        raise ValueError("strategies: two are needed for one to win")
    return known


def told_apart(values: F8, means: F8, better: int) -> tuple[tuple[tuple[Contrast, ...], ...], F8, F8]:
    """Return paired differences of the best to each, and p-values of losing to it and of being the best.

    A strategy is compared with that which has the best of so many means, hence losing is corrected for the number of
    rivals; the best must beat all of them, which needs no correction. There is no p-value where nothing is tested.
    """
    gaps = []
    # In a future all but the best are tested for losing, and the best alone for being best.
    p_loses, p_best = np.full(means.shape, np.nan), np.full(means.shape, np.nan)
    for future, (runs, found) in enumerate(zip(values, means, strict=True)):
        best = int(np.argmax(better * found))
        rivals = [contrast(better * runs[best], better * own) for own in runs]
        gaps.append(tuple(rivals))
        if not is_enough(runs).all():
            continue
        ps = np.array([two_sided(rival) for rival in rivals])
        others = np.arange(len(found)) != best
        p_loses[future, others] = np.minimum(1.0, others.sum() * ps[others])
        p_best[future, best] = ps[others].max()
    return tuple(gaps), p_loses, p_best


def is_enough(values: F8) -> Bools:
    """Tell where there are replicates (last axis) enough to be sure of anything."""
    return np.asarray((~np.isnan(values)).sum(axis=-1) >= LEAST_REPLICATES)


def two_sided(found: Contrast) -> float:
    """Return the p-value of a difference."""
    return 2 * min(found.p_positive, 1 - found.p_positive)


def sure(ps: F8) -> Bools:
    """Tell which of all tests are sure, such that at most 5 % of these are expected not to be so."""
    tested = ~np.isnan(ps)
    found = np.zeros(ps.shape, bool)
    if tested.any():
        found[tested] = false_discovery_control(ps[tested]) <= LEVEL
    return found


def misses(judged: F8, threshold: Threshold) -> tuple[Bools, Bools]:
    """Return where a strategy misses a threshold surely, and where its mean does."""
    ps, means = np.full(judged.shape[:2], np.nan), np.full(judged.shape[:2], np.nan)
    enough = is_enough(judged)
    for place in np.ndindex(ps.shape):
        found = contrast(judged[place], np.full(judged.shape[2], threshold.value))
        ps[place], means[place] = two_sided(found) if enough[place] else np.nan, found.mean
    misses = means < 0 if threshold.below else means > 0
    return sure(ps) & misses, misses
