"""Who has left: share by segment, and how long customers stay."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import chi2, chi2_contingency, false_discovery_control

from influence_sim.data.figures import LEVEL, Estimates, Estimator, Figure, share
from influence_sim.data.roles import ROLES
from influence_sim.data.survival import lasting
from influence_sim.data.tables import DataError, Table

FEWEST = 30
"""Customers below which nothing is estimated."""
MOST_LEVELS = 12
"""Distinct values beyond which a column does not divide customers into segments."""
MONTHS = (1, 12, 24, 48)
"""Tenures after which the share that is still there is told."""


def segments(table: Table) -> list[str]:
    """Return the columns that divide customers into segments: they play no role and have 2 to 12 distinct values."""
    others = (column for column in table.frame if column not in ROLES)
    return [str(column) for column in others if 2 <= table.frame[column].nunique() <= MOST_LEVELS]


def _churn(table: Table) -> Estimates:
    rows = table.frame.dropna(subset="churned")
    if len(rows) < FEWEST:
        raise DataError(f"{table.name}: churn needs at least {FEWEST} customers, there are {len(rows)}")
    gone = rows["churned"] == 1
    figures = {"churn": share(int(gone.sum()), len(rows))}
    tests: list[dict[str, Any]] = []
    for column in segments(table):
        counts = pd.crosstab(rows[column].astype(str).where(rows[column].notna()), gone)
        totals = counts.sum(axis=1)
        hits = counts.get(True, totals * 0)
        figures |= {f"churn.{column}.{level}": share(int(hits[level]), int(totals[level])) for level in counts.index}
        if min(counts.shape) > 1:
            tests.append({"column": column, **_association(counts)})
    if tests:
        adjusted = false_discovery_control([test["p"] for test in tests])
        tests = [{**test, "p_adjusted": float(p)} for test, p in zip(tests, adjusted, strict=True)]
    diagnostics: dict[str, Any] = {
        "customers": len(rows),
        "left": int(gone.sum()),
        "segments": sorted(tests, key=lambda test: -test["cramers_v"]),
    }
    notes = _objections(table)
    if tests:
        notes.append(
            "a segment that leaves more often need not leave because of what tells it apart: those who chose a "
            "short contract, for instance, may have meant to leave anyway; and segments overlap"
        )
    if table.has("tenure"):
        found, about, said = _stay(rows["tenure"], gone)
        figures |= found
        diagnostics |= about
        notes += said
    return Estimates("churn", figures, diagnostics, notes)


def _association(counts: pd.DataFrame) -> dict[str, float]:
    """Return how strongly a segment goes with leaving: Cramér's V, and the p value of Pearson's χ²."""
    found = chi2_contingency(counts.to_numpy(), correction=False)
    # The other side has two values, so V's divisor, the smaller number of values less one, is 1.
    return {
        "cramers_v": float(np.sqrt(found.statistic / counts.to_numpy().sum())),
        "p": float(found.pvalue),
        "least_expected": float(found.expected_freq.min()),
    }


def _stay(tenure: pd.Series, gone: pd.Series) -> tuple[dict[str, Figure], dict[str, Any], list[str]]:
    """Return how long customers stay, what it rests on, and what one should know of it."""
    sound = (tenure >= 0).to_numpy()
    months, left = tenure.to_numpy(float)[sound], gone.to_numpy(bool)[sound]
    notes = [
        "a table of who is a customer now, or was lately, holds too few of those who left long ago (it is "
        "left-truncated): then people leave faster than monthly_rate says, and fewer stay than survival says"
    ]
    if not sound.all():
        notes.append(f"{int((~sound).sum())} customers without a tenure, or with one below 0, are left out of tenure")
    if not months.sum():
        return {}, {}, [*notes, "all tenures are 0 or missing, so how long customers stay cannot be told"]
    events, at_risk = int(left.sum()), float(months.sum())
    rate = Figure(events / at_risk, *_poisson_limits(events, at_risk), "per month")
    stay = lasting(months, left, MONTHS)
    figures = {f"survival_month_{month}": figure for month, figure in zip(MONTHS, stay, strict=True)}
    about = {
        "customer_months": at_risk,
        "tenure_mean": float(months.mean()),
        "survival": {
            "months": list(MONTHS),
            "observed": [figure.value for figure in stay],
            "at_constant_rate": np.exp(-rate.value * np.array(MONTHS)),
        },
    }
    return {"monthly_rate": rate} | figures, about, notes


def _poisson_limits(events: int, exposure: float) -> tuple[float, float]:
    """Return the exact interval of a Poisson rate (Garwood 1936, Biometrika 28:437)."""
    tail = (1 - LEVEL) / 2
    low = chi2.ppf(tail, 2 * events) / 2 if events else 0.0
    return float(low) / exposure, float(chi2.ppf(1 - tail, 2 * events + 2)) / 2 / exposure


def _objections(table: Table) -> list[str]:
    outcomes = table.frame["churned"].dropna().unique()
    if len(outcomes) != 1:
        return []
    who, missing = ("everybody has left", "stayed") if outcomes[0] == 1 else ("nobody has left", "left")
    return [f"{who}: a table of one kind only tells no rate; add the customers who {missing}"]


CHURN = Estimator(
    "churn",
    "who leaves: share by segment, and how long customers stay",
    (("churned",),),
    _churn,
    _objections,
)
