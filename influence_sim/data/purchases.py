"""How often people buy and when they stop: BG/NBD (Fader, Hardie & Lee 2005, Marketing Science 24:275)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, hyp2f1

from influence_sim.data.days import local_day
from influence_sim.data.figures import Estimates, Estimator, Figure, covariance
from influence_sim.data.tables import DataError, Table

type Floats = NDArray[np.float64]

WEEK = pd.Timedelta(days=7)
FEWEST = 50
"""Customers below which nothing is estimated."""
_Z = 1.959964
_MANY = 7
"""Repeat purchases counted together from here on, as the paper's table does."""


class History(NamedTuple):
    """Repeat purchases, and times from the first purchase to the last and to the end; each of shape (customers,)."""

    frequency: Floats
    recency: Floats
    horizon: Floats


class BgNbd(NamedTuple):
    """BG/NBD: rates of purchase are Gamma(r, α), and after each purchase one leaves with a Beta(a, b) probability."""

    r: float
    alpha: float
    a: float
    b: float

    def loss(self, history: History) -> float:
        """Return the negative log-likelihood, their equation (6)."""
        x, recency, horizon = history
        r, alpha, a, b = self
        head = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
        alive = betaln(a, b + x) - betaln(a, b) - (r + x) * np.log(alpha + horizon)
        gone = betaln(a + 1, b + np.maximum(x, 1) - 1) - betaln(a, b) - (r + x) * np.log(alpha + recency)
        return -float((head + np.logaddexp(alive, np.where(x > 0, gone, -np.inf))).sum())

    def expected(self, history: History, time: float) -> Floats:
        """Return each customer's expected purchases in the ``time`` to come, their equation (10)."""
        x, recency, horizon = history
        r, alpha, a, b = self
        series = hyp2f1(r + x, b + x, a + b + x - 1, time / (alpha + horizon + time))
        coming = (a + b + x - 1) / (a - 1) * (1 - ((alpha + horizon) / (alpha + horizon + time)) ** (r + x) * series)
        odds = np.where(x > 0, a / (b + np.maximum(x, 1) - 1), 0) * ((alpha + horizon) / (alpha + recency)) ** (r + x)
        return np.asarray(coming / (1 + odds))

    def share_with(self, horizon: Floats, most: int) -> Floats:
        """Return the expected shares of customers with 0, 1, …, ``most`` repeat purchases, their equation (8)."""
        r, alpha, a, b = self
        never, spent = (alpha / (alpha + horizon)) ** r, horizon / (alpha + horizon)
        shares, so_far = np.empty(most + 1), np.zeros_like(horizon)
        for x in range(most + 1):
            term = np.exp(gammaln(r + x) - gammaln(r) - gammaln(x + 1)) * spent**x * never
            alive = np.exp(betaln(a, b + x) - betaln(a, b)) * term
            gone = np.exp(betaln(a + 1, b + x - 1) - betaln(a, b)) * (1 - so_far) if x else 0.0
            shares[x] = np.mean(alive + gone)
            so_far += term
        return shares


def fit_bg_nbd(history: History) -> BgNbd:
    """Return the parameters of greatest likelihood; times may have any unit.

    Raises
    ------
    ValueError
        If the likelihood has no maximum that is found.
    """
    # In units of the mean horizon the likelihood is well scaled whatever the user's unit is.
    scale = float(np.mean(history.horizon))
    scaled = History(history.frequency, history.recency / scale, history.horizon / scale)
    found = [
        minimize(
            lambda logs: BgNbd(*np.exp(np.clip(logs, -20, 20))).loss(scaled),
            start,
            method="Nelder-Mead",
            options={"maxiter": 4000, "xatol": 1e-6, "fatol": 1e-6},
        )
        for start in ([0.0, 0.0, 0.0, 0.0], [-1.0, -1.0, 0.0, 1.0])
    ]
    best = min(found, key=lambda one: float(one.fun))
    if not best.success or (np.abs(best.x) > 10).any():
        raise ValueError("BG/NBD has no best fit: too few repeat purchases to tell leaving from buying rarely")
    r, alpha, a, b = np.exp(best.x)
    return BgNbd(float(r), float(alpha * scale), float(a), float(b))


def histories(table: Table, end: pd.Timestamp | None = None) -> History:
    """Return what customers had bought by ``end`` (the last day, if left out); purchases of one day are one.

    From a log times are in weeks; a summary keeps its unit.
    """
    if table.has("frequency", "recency", "horizon"):
        rows = table.frame[["frequency", "recency", "horizon"]].dropna()
        return History(*(rows[name].to_numpy(float) for name in ("frequency", "recency", "horizon")))
    days = _days(table)
    end = days["day"].max() if end is None else end
    by = days[days["day"] <= end].groupby("customer")["day"].agg(["min", "max", "size"])
    first, last = by["min"].to_numpy("datetime64[ns]"), by["max"].to_numpy("datetime64[ns]")
    week, now = WEEK.to_timedelta64(), end.to_datetime64()
    return History(by["size"].to_numpy(float) - 1, (last - first) / week, (now - first) / week)


def _days(table: Table) -> pd.DataFrame:
    rows = table.frame[["customer", "time"]].dropna()
    return pd.DataFrame({"customer": rows["customer"], "day": local_day(rows["time"])}).drop_duplicates()


def _purchases(table: Table) -> Estimates:
    history, left_out = _sound(histories(table))
    if len(history.frequency) < FEWEST:
        raise DataError(f"{table.name}: purchases need at least {FEWEST} customers, got {len(history.frequency)}")
    try:
        model = fit_bg_nbd(history)
    except ValueError as error:
        raise DataError(f"{table.name}: {error}") from None
    is_log = table.has("customer", "time") and not table.has("frequency", "recency", "horizon")
    notes = ["what makes people leave is, in a scenario, what they experience; no constant takes a and b"]
    if left_out:
        notes.append(f"{left_out} rows are left out: their last purchase lies before the first or after the end")
    if not is_log:
        notes.append("the table does not tell its unit of time, so need_interval is left; in weeks it is 7·α/r days")
    history_counts = np.bincount(np.minimum(history.frequency, _MANY).astype(int), minlength=_MANY + 1)
    expected = model.share_with(history.horizon, _MANY - 1) * len(history.frequency)
    diagnostics: dict[str, Any] = {
        "customers": len(history.frequency),
        "log_likelihood": -model.loss(history),
        "bought_once_share": float((history.frequency == 0).mean()),
        "repeat_purchases_mean": float(history.frequency.mean()),
        "customers_by_repeat_purchases": {
            "repeat_purchases": [*map(str, range(_MANY)), f"{_MANY} and more"],
            "observed": history_counts,
            "expected": [*expected, len(history.frequency) - expected.sum()],
        },
    }
    if is_log:
        diagnostics["second_half_predicted_from_first"] = _second_half(table)
    return Estimates("purchases", _figures(model, history, "weeks" if is_log else "units of time"), diagnostics, notes)


def _sound(history: History) -> tuple[History, int]:
    frequency, recency, horizon = history
    kept = (frequency >= 0) & (recency >= 0) & (recency <= horizon + 1e-9) & (horizon > 0)
    return History(frequency[kept], recency[kept], horizon[kept]), int((~kept).sum())


def _figures(model: BgNbd, history: History, unit: str) -> dict[str, Figure]:
    """Return the parameters and what follows from them; all intervals are Wald's on the log or logit scale."""
    logs = np.log(model)
    spread = covariance(lambda at: BgNbd(*np.exp(at)).loss(history), logs)

    def limits(weights: list[int]) -> tuple[float, float, float]:
        """Return exp of a sum of logs, with its interval."""
        middle, error = float(np.dot(weights, logs)), float(np.sqrt(np.dot(weights, spread @ weights)))
        return float(np.exp(middle)), float(np.exp(middle - _Z * error)), float(np.exp(middle + _Z * error))

    interval, odds = limits([-1, 1, 0, 0]), limits([0, 0, 1, -1])
    low, middle, high = (7 * value for value in (interval[1], interval[0], interval[2]))
    in_days = Figure(middle, low, high, "days", "parameters.need_interval")
    leaving = [value / (1 + value) for value in odds]
    needed = in_days if unit == "weeks" else Figure(*interval, unit)
    return {
        "r": Figure(*limits([1, 0, 0, 0]), "Gamma shape of rates", "parameters.need_shape"),
        "alpha": Figure(*limits([0, 1, 0, 0]), unit),
        "a": Figure(*limits([0, 0, 1, 0]), "Beta shape of leaving"),
        "b": Figure(*limits([0, 0, 0, 1]), "Beta shape of leaving"),
        "need_interval": needed,
        "leaving_per_purchase": Figure(leaving[0], leaving[1], leaving[2], "probability"),
    }


def _second_half(table: Table) -> dict[str, Any]:
    """Fit to the first half of the record, predict the second, and set it against buying on at one's own rate."""
    days = _days(table)
    first, last = days["day"].min(), days["day"].max()
    middle = first + (last - first) / 2
    history = histories(table, middle)
    sound, _ = _sound(history)
    if len(sound.frequency) < FEWEST:
        return {"told": "too few customers in the first half"}
    try:
        model = fit_bg_nbd(sound)
    except ValueError as error:
        return {"told": str(error)}
    kept = history.horizon > 0
    known = days[days["day"] <= middle].groupby("customer").size().index[kept]
    later = days[days["day"] > middle].groupby("customer").size().reindex(known, fill_value=0).to_numpy(float)
    rest = float((last - middle) / WEEK)
    guesses = {"bg_nbd": model.expected(sound, rest), "own_rate": sound.frequency / sound.horizon * rest}
    guesses["mean_rate"] = np.full(len(later), sound.frequency.sum() / sound.horizon.sum() * rest)
    return {
        "customers": len(later),
        "weeks": rest,
        "purchases": float(later.sum()),
        **{f"{name}_purchases": float(guess.sum()) for name, guess in guesses.items()},
        **{f"{name}_mean_absolute_error": float(np.abs(guess - later).mean()) for name, guess in guesses.items()},
    }


PURCHASES = Estimator(
    "purchases",
    "purchase rates, and when customers stop",
    (("frequency", "recency", "horizon"), ("customer", "time")),
    _purchases,
)
