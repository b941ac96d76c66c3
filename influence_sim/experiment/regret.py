"""Regrets over many futures, with intervals, and what rules of choice recommend.

A strategy's regret in a future is what the best one makes of it, less what it makes itself (Savage 1951).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from influence_sim.experiment.contrasts import Estimate
from influence_sim.experiment.plan import Point
from influence_sim.experiment.verdicts import LEVEL, is_enough

type F8 = NDArray[np.float64]
type Bools = NDArray[np.bool_]

_RESAMPLES = 1000
_BLOCK = 100


@dataclass(frozen=True, slots=True)
class Standing:
    """How a strategy fares over all futures.

    Attributes
    ----------
    mean
        Its mean over futures.
    regret, usual, worst
        Mean, 90 % quantile and maximum of its regrets, with 95 % intervals (basic bootstrap). All resample replicates,
        the same in every future, since futures share their accidents; mean and quantile resample futures, too. The
        maximum is that of these futures, and no more can be said of futures that were not looked at. Where a future has
        too few replicates to be sure of anything there are no intervals, only numbers that are none.
    worst_at
        The future with the greatest regret.
    best, surely_best
        Shares of futures in which no mean is better, and in which it is surely better than all others.
    surely_loses
        Share of futures in which the best is surely better.
    may_fail, fails
        Shares of futures in which it fails by its mean, and in which it surely does. What is sure is not a number where
        no future has replicates enough to be sure of anything.
    """

    strategy: str
    mean: float
    regret: Estimate
    usual: Estimate
    worst: Estimate
    worst_at: Point
    best: float
    surely_best: float
    surely_loses: float
    may_fail: float
    fails: float


@dataclass(frozen=True, slots=True)
class Choice:
    """What a rule recommends; ``certainty`` is the share of resamples in which it recommends the same.

    Of rules, ``minimax`` takes the least maximal regret, ``mean`` the best mean over futures. It is sure from 97.5 %
    on, and not a number where a future has too few replicates: their resamples are a handful of values.
    """

    rule: str
    strategy: str
    value: float
    second: str
    second_value: float
    certainty: float

    @property
    def is_sure(self) -> bool:
        """Whether hardly a resample recommends another strategy."""
        return self.certainty >= 1 - LEVEL / 2


def means_of(values: F8, whole: Bools, weights: F8) -> F8:
    """Return means with weights per replicate, shape (resamples, futures, strategies)."""
    counts = weights @ whole.T.astype(float)
    sums = np.einsum("br,psr->bps", weights, np.nan_to_num(values))
    with np.errstate(invalid="ignore"):
        means: F8 = sums / counts[:, :, None]
    return means


def regrets_of(means: F8, better: int) -> F8:
    """Return how much better the best strategy (last axis) is."""
    gains = better * means
    return np.asarray(gains.max(axis=-1, keepdims=True) - gains)


def over_futures(
    futures: Sequence[Point], strategies: Sequence[str], values: F8, means: F8, better: int
) -> tuple[list[dict[str, Any]], tuple[Choice, ...], float]:
    """Return how strategies fare over all futures, what is recommended, and the regret that chance alone brings."""
    rng = np.random.default_rng(1)
    whole = ~np.isnan(values).any(axis=1)
    replicates = values.shape[2]
    is_known = bool(is_enough(values).all())
    # Resampled means of n replicates spread by a factor √(n / (n − 1)) too little, and their ends by as much more as
    # those of Student's t lie further out than a normal's (Hesterberg 2015); of one replicate they cannot spread.
    counts = whole.sum(axis=1)[:, None]
    freedom = np.maximum(counts - 1, 1)
    spread = np.sqrt(counts / freedom)
    reach = stdtrit(freedom, 0.975) / ndtri(0.975)
    resampled: dict[str, list[F8]] = {"regret": [], "usual": [], "worst": [], "mean": [], "chance": []}
    for _ in range(_RESAMPLES // _BLOCK):
        weights = rng.multinomial(replicates, np.full(replicates, 1 / replicates), _BLOCK).astype(float)
        drawn = rng.integers(len(futures), size=(_BLOCK, len(futures)))[:, :, None]
        away = spread * np.nan_to_num(means_of(values, whole, weights) - means)
        again_means = means + reach * away
        regrets = regrets_of(again_means, better)
        elsewhere = np.take_along_axis(regrets, drawn, axis=1)
        resampled["regret"].append(elsewhere.mean(axis=1))
        resampled["usual"].append(np.quantile(elsewhere, 0.9, axis=1))
        resampled["worst"].append(regrets.max(axis=1))
        resampled["mean"].append(np.take_along_axis(again_means, drawn, axis=1).mean(axis=1))
        resampled["chance"].append(regrets_of(away, better).mean(axis=(1, 2)))
    again = {name: np.concatenate(blocks) for name, blocks in resampled.items()}
    regrets, averages = regrets_of(means, better), means.mean(axis=0)
    here = {"regret": regrets.mean(axis=0), "usual": np.quantile(regrets, 0.9, axis=0), "worst": regrets.max(axis=0)}
    found = [
        {
            "strategy": name,
            "mean": float(averages[column]),
            **{what: _interval(row[column], again[what][:, column], is_known) for what, row in here.items()},
            "worst_at": futures[int(regrets[:, column].argmax())],
        }
        for column, name in enumerate(strategies)
    ]
    choices = (
        _choice("minimax", strategies, here["worst"], -here["worst"], -again["worst"], is_known),
        _choice("mean", strategies, averages, better * averages, better * again["mean"], is_known),
    )
    return found, choices, float(again["chance"].mean()) if replicates > 1 else np.nan


def _interval(value: float, resampled: F8, is_known: bool) -> Estimate:
    """Return a regret with its basic bootstrap interval.

    Chance makes regrets larger, and resamples once more; the basic interval turns this round. It is cut at zero, and
    holds the value.
    """
    value = float(value)
    if not is_known:
        return Estimate(value, np.nan, np.nan)
    low, high = 2 * value - np.quantile(resampled, [0.975, 0.025])
    return Estimate(value, max(0.0, min(float(low), value)), max(float(high), value))


def _choice(rule: str, strategies: Sequence[str], values: F8, scores: F8, resampled: F8, is_known: bool) -> Choice:
    """Return the strategy with the greatest score, and how often it has that in resamples, shape (resamples, …)."""
    first, second = (int(place) for place in np.argsort(-scores, kind="stable")[:2])
    # Equal ones share a resample.
    top = resampled == resampled.max(axis=1, keepdims=True)
    certainty = float((top[:, first] / top.sum(axis=1)).mean()) if is_known else np.nan
    return Choice(rule, strategies[first], float(values[first]), strategies[second], float(values[second]), certainty)
