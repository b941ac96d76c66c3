"""Whether companies answer, and how soon: from reviews with the time of the reply, or from threads of messages."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, log_ndtr, logit, ndtr
from scipy.stats import binom, norm

from influence_sim.data.figures import LEVEL, Estimates, Estimator, Figure, from_hessian, share
from influence_sim.data.survival import lasting
from influence_sim.data.tables import DataError, Table

type Floats = NDArray[np.float64]

FEWEST = 20
"""Answers below which nothing is estimated, and messages or answers below which a company gets no figure."""
QUANTILES = (10, 25, 50, 75, 90)
"""Of the delay, in per cent."""
WITHIN = {"1_hour": 1.0, "24_hours": 24.0, "7_days": 168.0}
"""Hours within which the share answered is told."""

_Z = float(norm.ppf((1 + LEVEL) / 2))
_SURE = 9.0
"""Logit of a share beyond which all are taken to be answered in the end."""
_MISFIT = 1.5
"""Ratio of quantiles beyond which the fit is called bad."""
_ALL_ANSWERED = (
    "every conversation in the table got an answer: most likely only those that did were collected, so the share "
    "answered is not known; take all messages of a time, answered or not"
)
_NO_HOURS = (
    "times are dates without hours, so it is not known how soon the answers came; export full times such as "
    "2026-11-22 09:30"
)


# messages that may be answered


def messages(table: Table) -> pd.DataFrame:
    """Return the messages that a company might have answered, one a row.

    Of threads these are the openers: customers' messages that answer nothing. An answer is a company's first message
    that answers the opener itself.

    Returns
    -------
    DataFrame
        ``answered``; ``reached``: whether the company spoke in that conversation at all; ``hours`` from the message to
        the answer; ``watched``: hours from the message to the last time in the table; ``company`` that was written to
        and ``replier``, where they are known; ``score`` and ``sentiment`` where the table has them.
    """
    return _reviews(table.frame) if table.has("time", "replied_at") else _openers(threads(table.frame))


def _reviews(frame: pd.DataFrame) -> pd.DataFrame:
    rows = frame.dropna(subset="time")
    end = max(rows["time"].max(), rows["replied_at"].max())
    answered = rows["replied_at"].notna()
    found = {
        "answered": answered,
        "reached": answered,
        "hours": _hours(rows["time"], rows["replied_at"]),
        "watched": _hours(rows["time"], end),
    }
    found |= {name: rows[name] for name in ("company", "score", "sentiment") if name in rows}
    return pd.DataFrame(found | ({"replier": rows["company"]} if "company" in rows else {}))


def threads(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the messages of threads with ``parent``, the row that each answers (−1: none here), and its ``thread``."""
    rows = frame.dropna(subset=["message", "time", "inbound"])
    # Numbers of messages may have become floating-point numbers where some rows answer nothing.
    number, answers = (rows[name].astype(str).str.removesuffix(".0") for name in ("message", "reply_to"))
    first = ~number.duplicated()
    rows, number, answers = rows[first].reset_index(drop=True), number[first], answers[first]
    parent = pd.Index(number).get_indexer(pd.Index(answers))
    above = np.where(parent >= 0, parent, np.arange(len(rows)))
    # Each step doubles how far up one looks, so this ends even if messages answered each other in a circle.
    for _ in range(len(rows).bit_length()):
        above = above[above]
    return rows.assign(parent=parent, thread=above)


def answers_in(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the companies' messages that answer a customer's, by time, with ``hours`` from that one."""
    found = rows[(rows["inbound"] == 0) & (rows["parent"] >= 0)]
    asked = rows.loc[found["parent"], ["inbound", "time"]].set_index(found.index)
    found = found.assign(hours=_hours(asked["time"], found["time"]))[asked["inbound"] == 1]
    return found.sort_values("time", kind="stable")


def _openers(rows: pd.DataFrame) -> pd.DataFrame:
    openers = rows[(rows["inbound"] == 1) & rows["reply_to"].isna()]
    first = answers_in(rows).drop_duplicates("parent").set_index("parent").reindex(openers.index)
    found = {
        "answered": first["message"].notna(),
        "reached": openers["thread"].isin(rows.loc[rows["inbound"] == 0, "thread"]),
        "hours": first["hours"],
        "watched": _hours(openers["time"], rows["time"].max()),
    }
    found |= {name: openers[name] for name in ("score", "sentiment") if name in openers}
    if "company" in rows:
        found |= {"company": openers["company"], "replier": first["company"].fillna(openers["company"])}
    return pd.DataFrame(found)


def _hours(start: pd.Series, end: pd.Series | pd.Timestamp) -> pd.Series:
    hours: pd.Series = (end - start).dt.total_seconds() / 3600
    return hours


def _lacks_hours(table: Table) -> bool:
    """Whether times are dates: all midnight somewhere, which summer time makes two hours of the day in UTC."""
    known = [table.frame[name].dropna() for name in ("time", "replied_at") if table.has(name)]
    return any(len(times) >= FEWEST and (times - times.dt.normalize()).nunique() <= 2 for times in known)


# delays


def quantile(values: Floats, per_cent: float, unit: str = "hours") -> Figure:
    """Return a quantile, and the two ranked values that have it between them at 95 % or more (David & Nagaraja 2003).

    A limit is not a number where even the least or the greatest value is not far enough out.
    """
    size = len(values)
    if not size:
        return Figure(np.nan, np.nan, np.nan, unit)
    below, above = binom.ppf([(1 - LEVEL) / 2, (1 + LEVEL) / 2], size, per_cent / 100).astype(int)
    ranked = np.concatenate([[np.nan], np.sort(values), [np.nan]])
    return Figure(float(np.percentile(values, per_cent)), float(ranked[below]), float(ranked[above + 1]), unit)


def log_normal_loss(at: Floats, logs: Floats, waiting: Floats) -> float:
    """Return the negative log-likelihood of log-normal delays of which only a part ever ends.

    That part is estimated too, after Boag 1949 (JRSS B 11:15), since many messages are never answered.

    Parameters
    ----------
    at
        μ and ln σ of ln hours, and the logit of the share that is ever answered.
    logs
        ln hours of the delays; shape (answered,).
    waiting
        ln hours for which the others have waited in vain; shape (unanswered,).
    """
    mean, spread, ever = at[0], np.exp(at[1]), at[2]
    answered = -(((logs - mean) / spread) ** 2) / 2 - at[1] - np.log1p(np.exp(-ever))
    late = (waiting - mean) / spread
    unanswered = log_ndtr(-late) if ever == np.inf else np.log1p(-expit(ever) * ndtr(late))
    return -float(answered.sum() + unanswered.sum())


def fit_log_normal(hours: Floats, watched: Floats) -> dict[str, Figure]:
    """Return μ and σ of ln hours and the share that is ever answered, of greatest likelihood.

    Parameters
    ----------
    hours
        Delays; shape (answered,). Those of 0 count as half the least that is not.
    watched
        Hours for which those without an answer were watched; shape (unanswered,).
    """
    tick = hours[hours > 0].min() / 2
    logs, waiting = np.log(np.maximum(hours, tick)), np.log(np.maximum(watched, tick))
    start = np.array([logs.mean(), np.log(logs.std()), 0.0])

    def fitted(free: int, ever: float) -> tuple[Floats, Floats]:
        def loss(at: Floats) -> float:
            return log_normal_loss(np.append(at, ever) if free == 2 else at, logs, waiting)

        best = minimize(loss, start[:free], method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-6}).x
        return best, from_hessian(loss, best)

    best, errors = start, np.full(3, np.nan)
    if len(waiting):
        start[2] = logit(len(logs) / (len(logs) + len(waiting)))
        best, errors = fitted(3, np.nan)
    if not len(waiting) or best[2] > _SURE:
        # The likelihood rises for ever with the share; the other two are told given that all are answered in the end.
        two, their_errors = fitted(2, np.inf)
        best, errors = np.append(two, np.inf), np.append(their_errors, np.nan)
    low, high = best - _Z * errors, best + _Z * errors
    scales = {"mu": ("ln hours", float), "sigma": ("ln hours", np.exp), "eventually_answered": ("share", expit)}
    return {
        name: Figure(float(scale(best[k])), float(scale(low[k])), float(scale(high[k])), unit)
        for k, (name, (unit, scale)) in enumerate(scales.items())
    }


# estimates


def _replies(table: Table) -> Estimates:
    asked = messages(table)
    if asked["answered"].sum() < FEWEST:
        raise DataError(
            f"{table.name}: replies need at least {FEWEST} messages with an answer, there are {asked['answered'].sum()}"
        )
    only_answered, timed = bool(asked["reached"].all()), not _lacks_hours(table)
    edited = asked["hours"] < 0
    sound = asked[~edited]
    figures = _shares(asked, only_answered)
    diagnostics: dict[str, Any] = {
        "messages": len(asked),
        "answered": int(asked["answered"].sum()),
        "answered_before_written": int(edited.sum()),
        "only_answered_collected": only_answered,
    }
    notes = _objections(table)
    if timed:
        delays = sound["hours"].dropna().to_numpy(float)
        if len(delays) < FEWEST:
            raise DataError(
                f"{table.name}: replies need at least {FEWEST} answers later than the message, there are {len(delays)}"
            )
        if np.ptp(delays) == 0:
            raise DataError(f"{table.name}: all answers came after {delays[0]:g} hours; times of real answers differ")
        found, fit = _delays(sound, delays, only_answered)
        figures |= found
        diagnostics |= fit
        if not table.has("replied_at"):
            figures |= _by_company("median_delay_any", answers_in(threads(table.frame)), "company")
            notes.append(
                "delays are of the first answer to what opens a thread; median_delay_any is of every answer to a "
                "customer's message"
            )
        notes += _fit_notes(fit["delay_hours"])
    if edited.any():
        notes.append(
            f"{edited.sum()} messages are younger than their answer: they were edited later, so how long they waited "
            "is not known and they are left out of delays"
        )
    if timed and table.has("replied_at"):
        notes.append(
            "stores tell when an answer was last edited, so the first may have come sooner; and if reviews and answers "
            "were written by different clocks, delays are off by whole hours"
        )
    notes.append(
        "reply_capacity (replies per hour and 1,000 consumers) is the lever behind these; it does not follow from "
        "delays, which also hold nights and queues, but is at least replies_per_hour by thousands of customers"
    )
    return Estimates("replies", figures, diagnostics | _pace(table), notes)


def _shares(asked: pd.DataFrame, unknown: bool) -> dict[str, Figure]:
    """Return the share answered: of all, and by company, stars and sentiment."""
    if unknown:
        return {"share_answered": share(0, 0)}
    groups = {"": pd.Series("", index=asked.index)}
    # The company of a thread is often told by the answer alone; then it is known of answered messages only.
    if "company" in asked and asked["company"].notna().any():
        groups["company"] = asked["company"]
    if "score" in asked:
        groups["score"] = asked["score"].map("score {:g}".format, na_action="ignore")
    if "sentiment" in asked:
        groups["sentiment"] = asked["sentiment"].map({-1.0: "negative", 0.0: "neutral", 1.0: "positive"})
    return {
        f"share_answered.{name}".rstrip("."): share(int(part.sum()), len(part))
        for group in groups.values()
        for name, part in asked["answered"].groupby(group)
        if len(part) >= FEWEST
    }


def _delays(sound: pd.DataFrame, delays: Floats, only_answered: bool) -> tuple[dict[str, Figure], dict[str, Any]]:
    """Return how soon answers came, and how well a log-normal distribution describes it."""
    answered = sound["answered"].to_numpy(bool)
    watched = sound["watched"].to_numpy(float)
    figures = {"median_delay" if q == 50 else f"delay_p{q}": quantile(delays, q) for q in QUANTILES}
    figures |= _by_company("median_delay", sound, "replier") if "replier" in sound else {}
    if only_answered:
        waiting = {name: share(0, 0) for name in WITHIN}
    else:
        until = np.where(answered, sound["hours"], watched)
        unanswered = lasting(until, answered, tuple(WITHIN.values()))
        waiting = {
            name: Figure(1 - one.value, 1 - one.high, 1 - one.low, "share")
            for name, one in zip(WITHIN, unanswered, strict=True)
        }
    figures |= {f"answered_within_{name}": figure for name, figure in waiting.items()}
    fit = fit_log_normal(delays, watched[~answered][: 0 if only_answered else None])
    if only_answered:
        fit["eventually_answered"] = share(0, 0)
    named = {"mu": "log_delay_mean", "sigma": "log_delay_sd"}
    figures |= {named.get(name, name): figure for name, figure in fit.items()}
    log_normal = np.exp(norm.ppf(np.array(QUANTILES) / 100, fit["mu"].value, fit["sigma"].value))
    return figures, {
        "delay_hours": {
            "per cent": list(QUANTILES),
            "observed": np.percentile(delays, QUANTILES),
            "log-normal": log_normal,
        }
    }


def _fit_notes(delays: dict[str, Any]) -> list[str]:
    ratio = np.asarray(delays["log-normal"]) / np.maximum(delays["observed"], 1e-9)
    worst = int(np.argmax(np.abs(np.log(ratio))))
    if 1 / _MISFIT < ratio[worst] < _MISFIT:
        return []
    return [
        f"delays are not log-normal: {QUANTILES[worst]} % came within {delays['observed'][worst]:.3g} hours, where the "
        f"fit has {delays['log-normal'][worst]:.3g}; use the quantiles rather than log_delay_mean and log_delay_sd"
    ]


def _by_company(name: str, rows: pd.DataFrame, company: str) -> dict[str, Figure]:
    """Return the median delay, of all and of each company with enough answers; those with most first."""
    known = rows[rows["hours"] >= 0]
    figures = {name: quantile(known["hours"].to_numpy(float), 50)}
    if company in known:
        sizes = known[company].value_counts()
        by = known.groupby(company)["hours"]
        figures |= {
            f"{name}.{one}": quantile(by.get_group(one).to_numpy(float), 50) for one in sizes[sizes >= FEWEST].index
        }
    return figures


def _pace(table: Table) -> dict[str, Any]:
    """Return how many answers were written an hour, and in the busiest hour."""
    written = table.frame["replied_at"] if table.has("replied_at") else table.frame["time"][table.frame["inbound"] == 0]
    hourly = written.dropna().dt.floor("h").value_counts()
    hours = (hourly.index.max() - hourly.index.min()) / pd.Timedelta(hours=1) + 1
    return {"replies_per_hour": float(hourly.sum() / hours), "replies_in_busiest_hour": int(hourly.max())}


def _objections(table: Table) -> list[str]:
    asked = messages(table)
    if asked.empty:
        return []
    return [_ALL_ANSWERED] * bool(asked["reached"].all()) + [_NO_HOURS] * _lacks_hours(table)


REPLIES = Estimator(
    "replies",
    "whether companies answer, and how soon",
    (("time", "replied_at"), ("message", "reply_to", "time", "inbound")),
    _replies,
    _objections,
)
