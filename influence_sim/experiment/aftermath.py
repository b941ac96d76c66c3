"""What an incident did: worlds against their counterfactuals, in which nothing struck, on the same draws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from influence_sim.core.measures import Quantity

WINDOW_DAYS = 30
TOPPLED_BELOW = 0.5
RECOVERED_WITHIN, RECOVERED_DAYS = 0.05, 7

type Days = dict[str, NDArray[np.float64]]
"""Daily measures by name, each of shape (…, days)."""


@dataclass(frozen=True)
class Aftermath(Quantity):
    """A number per company and run that compares the run with its counterfactual.

    Attributes
    ----------
    value
        How it is measured: shape (worlds, companies), of days with and without the incident, and of when it struck.
    headline
        Whether it is reported first.
    """

    value: Callable[[Days, Days, NDArray[np.bool_]], NDArray[np.float64]]
    headline: bool = True


def _since(struck: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which days are the first on which an incident struck, or later."""
    return np.logical_or.accumulate(struck, axis=-1)


def _toppled(run: Days, spared: Days, struck: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return 1 if in any 30 days after the incident sales were below half, else 0; unknown without 30 days."""
    after = _since(struck)
    sales, would_be = _window(run["sales"]), _window(spared["sales"])
    # A window counts if its first day is not before the incident.
    whole = after[..., : sales.shape[-1]]
    low = whole & (would_be > 0) & (sales < TOPPLED_BELOW * would_be)
    return np.asarray(np.where(whole.any(axis=-1), low.any(axis=-1).astype(np.float64), np.nan))


def _window(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return sums over 30 days, by their first day; shorter than the days by 29, empty if there are fewer."""
    if values.shape[-1] < WINDOW_DAYS:
        return values[..., :0]
    windows = np.lib.stride_tricks.sliding_window_view(values, WINDOW_DAYS, axis=-1)
    return np.asarray(windows.sum(axis=-1))


def _recovered_on(run: Days, spared: Days) -> NDArray[np.int64]:
    """Return the day from which on customers stay within 5 % of the counterfactual's, to the horizon."""
    far = np.abs(run["customers"] - spared["customers"]) > RECOVERED_WITHIN * spared["customers"]
    return np.asarray(far.shape[-1] - np.where(far.any(axis=-1), far[..., ::-1].argmax(axis=-1), far.shape[-1]))


def _recovered(run: Days, spared: Days, struck: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return 1 if the last 7 days or more were within 5 % of the counterfactual's customers, else 0."""
    recovered = run["customers"].shape[-1] - _recovered_on(run, spared) >= RECOVERED_DAYS
    return np.asarray(np.where(struck.any(axis=-1), recovered.astype(np.float64), np.nan))


def _recovery_days(run: Days, spared: Days, struck: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return days from the incident until customers are back within 5 % of the counterfactual's, to stay.

    The days that are left to the horizon, a lower bound, if that does not happen (as in a restricted mean).
    """
    first_struck, days = struck.argmax(axis=-1), run["customers"].shape[-1]
    recovered_on = np.where(_recovered(run, spared, struck) == 1, _recovered_on(run, spared), days)
    return np.asarray(np.where(struck.any(axis=-1), np.maximum(recovered_on - first_struck, 0), np.nan))


def _margin_lost(run: Days, spared: Days, struck: NDArray[np.bool_]) -> NDArray[np.float64]:
    lost = np.where(_since(struck), spared["margin"] - run["margin"], 0.0)
    return np.asarray(np.where(struck.any(axis=-1), lost.sum(axis=-1), np.nan))


def _disproportion(run: Days, spared: Days, struck: NDArray[np.bool_]) -> NDArray[np.float64]:
    sales_lost = np.where(_since(struck), spared["sales"] - run["sales"], 0.0).sum(axis=-1)
    harm = run["harm"].sum(axis=-1)
    return np.asarray(np.divide(sales_lost, harm, out=np.full(harm.shape, np.nan), where=harm > 0))


AFTERMATH: tuple[Aftermath, ...] = (
    Aftermath("toppled", "share of worlds", "run", -1,
              "sales over 30 days fell below half of what they would have been without the incident", _toppled),
    Aftermath("recovered", "share of worlds", "run", 1,
              "customers ended within 5 % of what they would have been, for a week or more", _recovered),
    Aftermath("recovery_days", "days", "run", -1,
              "days until customers were within 5 % of that to stay; to the horizon, if they did not recover",
              _recovery_days),
    Aftermath("margin_lost", "money", "run", -1, "margin that the incident cost", _margin_lost),
    Aftermath("disproportion", "purchases lost per purchase spoilt", "run", -1,
              "margin lost, over the harm done directly: the margin of what purchases were spoilt", _disproportion),
)  # fmt: skip
"""What is measured against the counterfactual."""


def aftermath(run: Days, spared: Days) -> dict[str, NDArray[np.float64]]:
    """Return every measure of :data:`AFTERMATH`, without the last axis (days).

    The incident begins, in each world, on the first day on which any company's customers are ``hit``; arrays have the
    shape (…, companies, days).
    """
    struck = np.broadcast_to((run["hit"] > 0).any(axis=-2, keepdims=True), run["hit"].shape)
    return {measure.name: measure.value(run, spared, struck) for measure in AFTERMATH}
