"""What a posterior predicts, how often it is right, and whether it does better than guessing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from influence_sim.data.figures import known
from influence_sim.fitting.simulation import simulated_counts
from influence_sim.fitting.summaries import COMPLAINTS, Counts, Window
from influence_sim.scenario import Scenario

type Floats = NDArray[np.float64]

WORLDS = 4
"""Worlds over which a draw's expected counts are averaged."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """Posterior predictive counts of complaints, and what came.

    Attributes
    ----------
    observed
        Complaints of the record, shape (days, companies).
    expected
        Complaints and praise that each draw's simulated market has on average, shape (draws, days, companies, 2).
    predicted
        Of each draw, with the accidents of a record of this size, shape (draws, days, companies).
    fitted_days
        How many of the days the fit has seen.
    consumers_stand_for
        How many posts of the record one simulated post stands for: median over draws.
    """

    observed: Floats
    expected: Floats
    predicted: Floats
    fitted_days: int
    consumers_stand_for: float

    def interval(self, level: float = 0.95) -> tuple[Floats, Floats, Floats]:
        """Return the lower limit, the median and the upper limit, each of shape (days, companies)."""
        low, middle, high = np.quantile(self.predicted, [(1 - level) / 2, 0.5, (1 + level) / 2], axis=0)
        return low, middle, high

    def coverage(self, days: slice, level: float = 0.95) -> float:
        """Return the share of the record's counts within the predictive interval."""
        low, _, high = self.interval(level)
        inside = (low <= self.observed) & (self.observed <= high)
        return float(inside[days].mean()) if inside[days].size else np.nan

    def errors(self) -> dict[str, float]:
        """Return the mean absolute errors in posts on the days that the fit has not seen, of the fit and of guesses."""
        fitted, later = self.observed[: self.fitted_days], self.observed[self.fitted_days :]
        if not len(later):
            return {}
        guesses = {
            "fit": self.interval()[1][self.fitted_days :],
            "last_value": np.broadcast_to(fitted[-1], later.shape),
            "mean": np.broadcast_to(fitted.mean(axis=0), later.shape),
        }
        return {name: float(np.abs(guess - later).mean()) for name, guess in guesses.items()}

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values, but for the single draws."""
        low, middle, high = self.interval()
        seen, unseen = slice(None, self.fitted_days), slice(self.fitted_days, None)
        return dict(
            known(
                {
                    "complaints": {"observed": self.observed, "low": low, "median": middle, "high": high},
                    "fitted_days": self.fitted_days,
                    "posts_per_simulated_post": self.consumers_stand_for,
                    "coverage_of_95": {"days_fitted": self.coverage(seen), "days_predicted": self.coverage(unseen)},
                    "coverage_of_50": {
                        "days_fitted": self.coverage(seen, 0.5),
                        "days_predicted": self.coverage(unseen, 0.5),
                    },
                    "mean_absolute_error": self.errors(),
                }
            )
        )


def predict(
    scenario: Scenario,
    draws: Sequence[Mapping[str, float]],
    counts: Counts,
    window: Window,
    *,
    seed: int,
    executor: Executor,
) -> Prediction:
    """Predict complaints from the draws of a posterior.

    A simulated market is smaller than the one recorded. So each draw's expected counts, averaged over some worlds, are
    scaled to the record's posts on ordinary days, and the accidents of a record of that size are Poisson.
    """
    futures = [executor.submit(_expected, scenario, dict(draw), seed + number) for number, draw in enumerate(draws)]
    random = np.random.default_rng(seed)
    total = counts[: window.ordinary].sum()
    predicted, scales, markets = [], [], []
    for future in futures:
        expected = future.result()
        markets.append(expected)
        scale = total / max(expected[: window.ordinary].sum(), 1.0 / WORLDS)
        scales.append(scale)
        predicted.append(random.poisson(scale * expected[:, :, COMPLAINTS]))
    return Prediction(
        observed=counts[:, :, COMPLAINTS],
        expected=np.array(markets),
        predicted=np.array(predicted, float),
        fitted_days=window.end,
        consumers_stand_for=float(np.median(scales)),
    )


def _expected(scenario: Scenario, draw: Mapping[str, float], seed: int) -> Counts:
    return np.asarray(simulated_counts(scenario, draw, seed=seed, worlds=WORLDS).mean(axis=0))
