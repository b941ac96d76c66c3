"""How often the next purchase is of the same brand, and how much of that is lasting taste and how much inertia.

A customer who buys the same brand again may prefer it, or may repeat what was done last. The former lasts and the
latter fades with the purchases in between (Givon 1984, Marketing Science 3:1; Keane 1997, J. Business & Economic
Statistics 15:310). So purchases of one customer that lie far apart agree by taste alone, and what adjacent ones agree
beyond that is inertia.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack
from scipy.special import gammaln

from influence_sim.data.figures import Estimates, Estimator, Figure, bootstrapped, share
from influence_sim.data.tables import DataError, Table

type Floats = NDArray[np.float64]
type Ints = NDArray[np.int64]

FAR = 6
"""Purchases of a customer that lie at least so far apart are taken to agree by taste alone."""
FEWEST = 20
"""Customers with two purchases below which nothing is estimated."""
MOST_BRANDS = 12
"""Brands, those bought most, that are told one by one."""

_SORTED_SHARE = 0.95
_SORTED_Z = 5.0
_BACK_SHARE = 0.01
_SORTED = (
    "purchases are not in the order in which they were made but sorted by brand within customers, so neither the next "
    "purchase nor switching can be told; add a column of time"
)


@dataclass(frozen=True, eq=False)
class Histories:
    """Purchases, those of a customer together and in order.

    Attributes
    ----------
    customer, brand
        Numbers from 0; shape (purchases,).
    names
        Of the brands, those bought most first.
    dated
        Whether they were ordered by time, else as they stand in the file.
    """

    customer: Ints
    brand: Ints
    names: list[str]
    dated: bool

    @property
    def counts(self) -> csr_array:
        """How often each customer bought each brand; shape (customers, brands)."""
        return self._table(self.customer, self.brand)

    @property
    def sizes(self) -> Ints:
        """How often each customer bought; shape (customers,)."""
        return np.bincount(self.customer)

    def pairs(self, lag: int) -> tuple[Ints, Ints, Ints]:
        """Return customer, brand and later brand of all pairs of a customer's purchases so far apart."""
        same = self.customer[lag:] == self.customer[:-lag]
        return self.customer[lag:][same], self.brand[:-lag][same], self.brand[lag:][same]

    def repeats(self, lag: int) -> Floats:
        """Return how many pairs of purchases so far apart are of one brand, per customer."""
        customer, brand, later = self.pairs(lag)
        return np.bincount(customer[brand == later], minlength=len(self.sizes)).astype(float)

    def _table(self, customer: Ints, brand: Ints) -> csr_array:
        shape = (int(self.customer[-1]) + 1, len(self.names))
        return csr_array((np.ones(len(customer)), (customer, brand)), shape=shape)

    def next_by_brand(self) -> tuple[csr_array, csr_array]:
        """Return after how many purchases of each brand there was a next, and how many of these were of it again."""
        customer, brand, later = self.pairs(1)
        again = brand == later
        return self._table(customer, brand), self._table(customer[again], brand[again])


def histories(table: Table) -> Histories:
    """Return a table's purchases by customer, in order of time or else of the file."""
    bought = "choice" if table.has("choice") else "company"
    dated = table.has("time")
    rows = table.frame[["customer", bought, *(["time"] if dated else [])]].dropna()
    if dated:
        # A stable sort: purchases of one time stay as they stand in the file.
        rows = rows.sort_values("time", kind="stable")
    customer = np.asarray(pd.factorize(rows["customer"])[0], np.int64)
    ranks = {str(name): rank for rank, name in enumerate(rows[bought].value_counts().index)}
    brand = rows[bought].astype(str).map(ranks).to_numpy(np.int64)
    order = np.argsort(customer, kind="stable")
    return Histories(np.asarray(customer[order]), np.asarray(brand[order]), list(ranks), dated)


def is_sorted_by_brand(bought: Histories) -> bool:
    """Whether purchases stand sorted by brand within customers rather than in the order in which they were made.

    Then a customer's purchases have as many runs as brands, for nearly all customers and far more than would by
    chance. That alone may be true of customers who switch once and for good; but then some go from one brand to
    another and some the other way, while a sort has each two brands in the same order for everybody.
    """
    if bought.dated:
        return False
    counts, sizes = bought.counts, bought.sizes
    brands = np.diff(counts.indptr)
    runs = sizes - bought.repeats(1)
    tell = (brands >= 2) & (sizes > brands)
    if tell.sum() < FEWEST:
        return False
    # Of all orders of n purchases, n_1, n_2, … of each of m brands, a share of m!·n_1!·n_2!·…/n! has m runs.
    within = csr_array((gammaln(counts.data + 1), counts.indices, counts.indptr), shape=counts.shape).sum(axis=1)
    chance = np.exp(gammaln(brands + 1) + within - gammaln(sizes + 1))[tell]
    as_sorted = (runs == brands)[tell]
    excess = as_sorted.sum() - chance.sum()
    if as_sorted.mean() < _SORTED_SHARE or excess < _SORTED_Z * np.sqrt((chance * (1 - chance)).sum()):
        return False
    moves = _switches(bought)
    np.fill_diagonal(moves, 0)
    return bool(np.minimum(moves, moves.T).sum() / 2 <= _BACK_SHARE * moves.sum())


def _switches(bought: Histories) -> Floats:
    """Return how often each brand was followed by each; shape (brands, brands)."""
    _, brand, later = bought.pairs(1)
    size = len(bought.names)
    return np.bincount(brand * size + later, minlength=size * size).reshape(size, size).astype(float)


def _sums(bought: Histories) -> csr_array:
    """Return, per customer, the sums of which all figures are made; shape (7 + 3·brands, customers)."""
    counts, sizes = bought.counts, bought.sizes.astype(float)
    next_to, far = np.maximum(sizes - 1, 0), np.maximum(sizes - FAR, 0)
    repeats = [bought.repeats(lag) for lag in range(1, FAR + 1)]
    # Pairs at least FAR apart are all pairs but the nearer ones.
    same = ((counts * counts).sum(axis=1) - sizes) / 2 - sum(repeats[:-1])
    # Each customer weighs the same in near and far pairs, or tastes of those who buy most would pass for inertia.
    weight = np.where(far > 0, next_to, 0)
    agree = weight * same / np.maximum(far * (far + 1) / 2, 1)
    columns = np.stack([next_to, repeats[0], far, repeats[-1], weight, repeats[0] * (far > 0), agree], axis=1)
    return csr_array(hstack([csr_array(columns), counts, *bought.next_by_brand()]).T)


def _of_sums(sums: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the seven figures of order, the brands' shares, and their repeat shares, of sums over customers."""
    next_to, repeated, far, far_repeated, weight, near_agree, far_agree = sums[:7]
    bought, followed, again = sums[7:].reshape(3, -1)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = bought / bought.sum()
        independent = (shares**2).sum()
        near, apart = near_agree / weight, far_agree / weight
        order = [repeated / next_to, far_repeated / far, near, apart - independent, near - apart]
        # With probability p the last brand is bought again whatever one prefers: P(same) = apart + p·(1 − apart).
        return np.array([independent, *order, (near - apart) / (1 - apart)]), shares, again / followed


_FIGURES = {
    "repeat_if_independent": "share",
    "repeat_share": "share",
    f"repeat_share_{FAR}_later": "share",
    f"repeat_share_of_more_than_{FAR}": "share",
    "lasting_taste": "share",
    "inertia": "share",
    "inertia_probability": "probability",
}


def _loyalty(table: Table) -> Estimates:
    bought = histories(table)
    sizes = bought.sizes
    repeaters = sizes >= 2
    if repeaters.sum() < FEWEST:
        raise DataError(
            f"{table.name}: loyalty needs at least {FEWEST} customers with two purchases, there are {repeaters.sum()}"
        )
    if len(bought.names) < 2:
        raise DataError(f"{table.name}: loyalty needs at least two brands, all purchases are of {bought.names[0]!r}")
    in_order = not is_sorted_by_brand(bought)
    told = bought.names[:MOST_BRANDS]
    names = [*_FIGURES, *(f"share.{name}" for name in told), *(f"repeat_share.{name}" for name in told)]
    sums = _sums(bought)

    def statistic(drawn: NDArray[np.int64] | Floats) -> Floats:
        order, shares, again = _of_sums(sums @ drawn)
        return np.concatenate([order, shares[: len(told)], again[: len(told)]])

    values = statistic(np.ones(len(sizes)))
    if not in_order:
        composition = [name == "repeat_if_independent" or name.startswith("share.") for name in names]
        values = np.where(composition, values, np.nan)
    sure = np.isfinite(values)
    limits = np.full((2, len(values)), np.nan)
    limits[:, sure] = bootstrapped(lambda drawn: statistic(drawn)[sure], len(sizes))
    figures = {
        name: Figure(float(value), float(low), float(high), _FIGURES.get(name, "share"))
        for name, value, low, high in zip(names, values, *limits, strict=True)
    }
    single = np.diff(bought.counts.indptr) == 1
    figures["single_brand_share"] = share(int(single.sum()), len(single))
    figures["single_brand_share_of_repeaters"] = share(int(single[repeaters].sum()), int(repeaters.sum()))
    diagnostics: dict[str, Any] = {
        "customers": len(sizes),
        "customers_of_two_purchases": int(repeaters.sum()),
        f"customers_of_more_than_{FAR}": int((sizes > FAR).sum()),
        "purchases": len(bought.brand),
        "brands": len(bought.names),
        "sorted_by_brand": not in_order,
    }
    if in_order:
        moves = _switches(bought)
        diagnostics["switching"] = {
            "brands": told,
            "next_brand_share": {
                name: _parts(moves[row])[: len(told)] for row, name in enumerate(told) if moves[row].any()
            },
        }
    return Estimates("loyalty", figures, diagnostics, _notes(bought, in_order))


def _parts(counts: Floats) -> list[float]:
    return [float(one) for one in counts / counts.sum()]


def _notes(bought: Histories, in_order: bool) -> list[str]:
    if not in_order:
        return [_SORTED]
    notes = [
        f"for customers of more than {FAR} purchases the repeat share is repeat_if_independent + lasting_taste + "
        "inertia; taste that drifts slowly counts as inertia in part",
        "brand_taste carries lasting taste in a scenario and choice_loyalty inertia; neither follows from one figure, "
        "so try values until a run repeats as these do",
    ]
    if not bought.dated:
        notes.append("there is no column of time: a customer's purchases are taken to stand in their order")
    if not (bought.sizes > FAR).any():
        notes.append(f"nobody bought more than {FAR} times, so taste and inertia cannot be told apart")
    if len(bought.names) > MOST_BRANDS:
        notes.append(f"of {len(bought.names)} brands the {MOST_BRANDS} bought most are told one by one")
    return notes


def _objections(table: Table) -> list[str]:
    bought = histories(table)
    return [_SORTED] if len(bought.customer) and is_sorted_by_brand(bought) else []


LOYALTY = Estimator(
    "loyalty",
    "repeat purchase: taste, inertia and switching between brands",
    (("customer", "choice"), ("customer", "company", "time")),
    _loyalty,
    _objections,
)
