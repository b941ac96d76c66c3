"""All that can be estimated from a table, by name."""

from __future__ import annotations

from dataclasses import replace

from influence_sim.data.bursts import BURSTS
from influence_sim.data.cascades import CASCADES
from influence_sim.data.churn import CHURN
from influence_sim.data.figures import Estimates, Estimator
from influence_sim.data.loyalty import LOYALTY
from influence_sim.data.mentions import MENTIONS
from influence_sim.data.purchases import PURCHASES
from influence_sim.data.replies import REPLIES
from influence_sim.data.tables import DataError, Table

ESTIMATORS: dict[str, Estimator] = {
    one.name: one for one in (MENTIONS, BURSTS, CASCADES, REPLIES, PURCHASES, LOYALTY, CHURN)
}
"""Estimators, by name."""


def estimate(table: Table, what: str) -> Estimates:
    """Estimate something from a table.

    Parameters
    ----------
    table
        As :func:`~influence_sim.data.tables.read_table` returns it.
    what
        A name of :data:`ESTIMATORS`.

    Returns
    -------
    Estimates
        Figures, each with its 95 % interval.

    Raises
    ------
    DataError
        If the table has not the columns that are needed, or they cannot tell.
    ValueError
        If there is no such estimator.
    """
    if what not in ESTIMATORS:
        raise ValueError(f"--what {what}: there is no such estimate; there are {', '.join(ESTIMATORS)}")
    estimator = ESTIMATORS[what]
    if lacks := estimator.lacks(table):
        there = ", ".join(table.roles) or "none"
        raise DataError(f"{table.name}: {what} {lacks}; recognised are {there}; name others by --column ROLE=NAME")
    found = estimator.estimate(table)
    unread = [
        f"{number} values of {table.roles[role]!r} cannot be read as {role} and are left out"
        for role, number in table.faults.items()
    ]
    return replace(found, notes=[*table.remarks, *unread, *found.notes])
