"""Comparing until one is sure: replicates are added until intervals are narrow, or strategies told apart.

Looking again and again at ordinary 95 % intervals, and stopping when one leaves out zero, finds differences that are
not there far oftener than once in twenty. The intervals here hold at all numbers of replicates at once: the confidence
sequence of the Gaussian-mixture t-test, which tests each mean difference μ by

    M_n(μ) = √(c²/(n + c²)) · (V/(V − S²/(n + c²)))^(n/2),      S = Σ(x − μ),  V = Σ(x − μ)²

a martingale of mean 1 where the differences are normal with mean μ, so it ever exceeds 1/α with probability α at most
(Ville 1939; Lai 1976, Annals of Statistics 4; Wang & Ramdas 2024). All μ with M_n(μ) < 1/α are in the interval. Several
pairs share α equally (Bonferroni).
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from influence_sim.experiment.compare import comparison_at, run_missing
from influence_sim.experiment.results import Comparison
from influence_sim.experiment.store import Memory, Store

LEAST_REPLICATES = 8
"""Fewer differences are too few to be nearly normal in their mean."""
MIXTURE = 1.0
"""c²: differences of about 1/c standard deviations are found soonest; with more, few replicates say nothing."""


@dataclass(frozen=True, slots=True)
class Pair:
    """How sure one is of a paired difference, however often one has looked.

    Attributes
    ----------
    name
        The difference, as in ``Comparison.contrasts``.
    mean, low, high
        Of the difference, with its time-uniform interval.
    independent_replicates
        How many replicates of each strategy would be needed, after about as many looks, to be as sure as was asked for
        if the worlds of two strategies were independent of each other, so that their difference had the variance
        s_a² + s_b² that was measured. Where the goal was missed: to be as sure as one is.
    """

    name: str
    mean: float
    low: float
    high: float
    independent_replicates: float

    @property
    def is_sure(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0

    @property
    def half_width(self) -> float:
        """Half of the interval's width."""
        return (self.high - self.low) / 2


@dataclass(frozen=True, slots=True)
class Stopping:
    """Why no more replicates were added, and how sure one is of every pair.

    Attributes
    ----------
    measure
        What was looked at.
    level
        With which probability all intervals hold, at all numbers of replicates.
    replicates
        How many there are.
    goal
        What was wanted, in words.
    reached
        Whether it was.
    pairs
        All pairs of strategies.
    """

    measure: str
    level: float
    replicates: int
    goal: str
    reached: bool
    pairs: tuple[Pair, ...]

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Stopping:
        """Return what :meth:`to_dict` made plain."""
        unknown: dict[str, Any] = {"mean": math.nan, "low": -math.inf, "high": math.inf}
        unknown["independent_replicates"] = math.nan
        pairs = [
            Pair(**{str(key): unknown[key] if value is None else value for key, value in one.items()})
            for one in plain["pairs"]
        ]
        return cls(**{**plain, "pairs": tuple(pairs)})

    def to_dict(self) -> dict[str, Any]:
        """Return plain values; what is not a finite number becomes None."""
        found = asdict(self)
        found["pairs"] = [
            {
                key: None if isinstance(value, float) and not math.isfinite(value) else value
                for key, value in one.items()
            }
            for one in found["pairs"]
        ]
        return found


def interval(differences: NDArray[np.float64], alpha: float) -> tuple[float, float]:
    """Return the interval of the mean difference that holds at all numbers of replicates at once.

    It is unbounded while there are too few replicates to say anything, and while differences are all the same: what
    happens in few worlds only has no spread to judge by until it happens in one.

    Parameters
    ----------
    differences
        Shape (replicates,); those that are not numbers are left out.
    alpha
        Probability with which the interval may ever be wrong.
    """
    known = differences[~np.isnan(differences)]
    n = known.size
    if n < LEAST_REPLICATES:
        return -math.inf, math.inf
    mean = float(known.mean())
    if np.ptp(known) <= 1e-14 * np.abs(known).max():
        return -math.inf, math.inf
    margin = _margin(n, float(known.var()), alpha)
    return mean - margin, mean + margin


def _margin(n: int, variance: float, alpha: float) -> float:
    """Return half of the interval's width after ``n`` differences of a variance (that of the sample, over n)."""
    bound = (math.sqrt((n + MIXTURE) / MIXTURE) / alpha) ** (2 / n)
    left = 1 - bound * MIXTURE / (n + MIXTURE)
    return math.sqrt((bound - 1) * variance / left) if left > 0 else math.inf


def replicates_for(half_width: float, variance: float, alpha: float) -> float:
    """Return the least number of differences of a variance whose interval is as narrow; NaN if there is none.

    Parameters
    ----------
    half_width
        Of the interval, more than 0.
    variance
        Of one difference.
    alpha
        Probability with which the interval may ever be wrong.
    """
    if not (0 < half_width < math.inf and variance > 0):
        return math.nan
    least = most = LEAST_REPLICATES
    while _margin(most, variance, alpha) > half_width:
        least, most = most, 2 * most
    return least + bisect_left(range(least, most), True, key=lambda n: _margin(n, variance, alpha) <= half_width)


def compare_until(
    store: Store | Memory,
    measure: str,
    *,
    precision: float | None = None,
    separated: bool = False,
    level: float = 0.95,
    most: int = 400,
    on_look: Callable[[Stopping], None] | None = None,
    **running: Any,
) -> Comparison:
    """Add replicates to a comparison until it is as sure as wanted; its ``stopping`` says how it ended.

    Parameters
    ----------
    store
        What has been planned: its replicates are the first to be run.
    measure
        What has to be sure.
    precision
        Half-width that all intervals of paired differences must have, in the measure's unit.
    separated
        Whether every pair of strategies must be told apart.
    level
        Probability with which all intervals must hold at all times, 0..1.
    most
        Replicates at which one stops in any case.
    on_look
        Called after each look with what is known.
    **running
        ``jobs``, ``batch``, ``cluster``, ``on_progress`` as in :func:`~influence_sim.experiment.compare.compare`.

    Raises
    ------
    ValueError
        If nothing is wanted, there is one strategy only, or a number is out of range.
    """
    check_goal(store.plan.strategies, precision, separated, level, most)
    wanted = []
    if precision is not None:
        wanted.append(f"differences known to ± {precision:g}")
    if separated:
        wanted.append("every pair of strategies told apart")
    while True:
        run_missing(store, finish=False, **running)
        found = comparison_at(store, 0)
        if not found.is_whole.any(axis=1).all():
            # No number of replicates tells a strategy of which no world finishes from another.
            store.finish()
            return found
        if not np.isfinite(found.summary[measure][:, :, found.focal]).all(axis=0).any():
            raise ValueError(f"{measure}: has no value in any world here that two strategies could be compared by")
        pairs = _pairs(found, measure, 1 - level, precision, separated)
        reached = (precision is None or all(pair.half_width <= precision for pair in pairs)) and (
            not separated or all(pair.is_sure for pair in pairs)
        )
        replicates = store.plan.replicates
        state = Stopping(measure, level, replicates, " and ".join(wanted), reached, pairs)
        if on_look is not None:
            on_look(state)
        if reached or replicates >= most:
            store.note("stopping", state.to_dict())
            store.finish()
            return replace(found, stopping=state, manifest=store.manifest)
        # Half as many again: the number of looks grows with the logarithm of the work.
        store.extend(min(max(replicates + replicates // 2, replicates + 1), most))


def check_goal(strategies: Sequence[str], precision: float | None, separated: bool, level: float, most: int) -> None:
    """Raise a ValueError of one line if a goal makes no sense."""
    if precision is None and not separated:
        raise ValueError("say what is wanted: a precision, or that strategies be separated")
    if precision is not None and not 0 < precision < math.inf:
        raise ValueError(f"precision = {precision:g}: must be a number of more than 0")
    if len(strategies) < 2:
        raise ValueError("strategies: two are needed to be told apart")
    if not 0.5 <= level < 1:
        raise ValueError(f"level = {level:g}: must lie in .5 .. 1, 1 excluded")
    if most < LEAST_REPLICATES:
        raise ValueError(f"most = {most}: must be at least {LEAST_REPLICATES}")


def _pairs(found: Comparison, measure: str, alpha: float, precision: float | None, separated: bool) -> tuple[Pair, ...]:
    """Return every pair of strategies with its time-uniform interval."""
    values = found.summary[measure][:, :, found.focal]
    couples = list(combinations(range(len(found.strategies)), 2))
    pairs = []
    for a, b in couples:
        differences = values[b] - values[a]
        mean = float(np.nanmean(differences))
        low, high = interval(differences, alpha / len(couples))
        asked = min(math.inf if precision is None else precision, abs(mean) if separated else math.inf)
        apart = float(np.nanvar(values[a]) + np.nanvar(values[b]))
        alone = replicates_for(max(asked, (high - low) / 2), apart, alpha / len(couples))
        name = f"{found.strategies[b]} - {found.strategies[a]}"
        pairs.append(Pair(name, mean, low, high, alone))
    return tuple(pairs)
