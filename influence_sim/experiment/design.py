"""Which points of a space of scenario keys an experiment visits: grids, lists, Latin hypercubes, Sobol points."""

from __future__ import annotations

import itertools
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from influence_sim.experiment.plan import Point
from influence_sim.scenario import Scenario

_MOST = 100_000
"""Points of an experiment; so many take days."""
_WORDS = ("name", "title", "question")


class Sampling(StrEnum):
    """How points are chosen: all combinations, or spread evenly over the ranges."""

    GRID = "grid"
    LATIN = "lhs"
    SOBOL = "sobol"


@dataclass(frozen=True, slots=True)
class Varied:
    """A scenario key and what it may be.

    Attributes
    ----------
    key
        Dotted name, such as ``incident.severity`` or ``levers.dialogue.reply_capacity``.
    values
        The values of a list; empty for a range.
    low, high
        Ends of a range, both included.
    """

    key: str
    values: tuple[Any, ...] = ()
    low: float = 0.0
    high: float = 0.0

    @classmethod
    def parse(cls, text: str) -> Varied:
        """Read ``KEY=A,B,…`` (a list), ``KEY=LOW:HIGH:COUNT`` (so many, evenly spaced) or ``KEY=LOW:HIGH`` (a range).

        Parameters
        ----------
        text
            As behind ``--vary``.

        Returns
        -------
        Varied
            Numbers, ``true`` and ``false`` as in TOML; anything else is text.

        Raises
        ------
        ValueError
            If the text is none of these.
        """
        key, equals, what = (part.strip() for part in text.partition("="))
        usage = "write KEY=A,B,… or KEY=LOW:HIGH:COUNT, or KEY=LOW:HIGH for a sampled range"
        if not (key and equals and what):
            raise ValueError(f"--vary {text}: {usage}")
        if ":" not in what:
            entries = tuple(_value(entry.strip()) for entry in what.split(","))
            if twice := [entry for place, entry in enumerate(entries) if entry in entries[:place]]:
                raise ValueError(f"--vary {text}: {twice[0]} stands there twice; name every value once")
            return cls(key, entries)
        try:
            low, high, *count = (float(part) for part in what.split(":"))
            many = int(count[0]) if count else 0
        except ValueError:
            raise ValueError(f"--vary {text}: a range has numbers; {usage}") from None
        if len(count) > 1 or (count and (many != count[0] or many < 2)):
            raise ValueError(f"--vary {text}: COUNT is a whole number from 2 on; {usage}")
        if not low < high:
            raise ValueError(f"--vary {text}: LOW must be less than HIGH")
        if many > _MOST:
            raise ValueError(f"--vary {text}: COUNT may be {_MOST:,} at most")
        if many:
            # As a person would write them: 1.6, not 1.5999999999999999.
            values = [float(f"{value:.12g}") for value in np.linspace(low, high, many)]
            return cls(key, tuple(map(int, values) if all(value.is_integer() for value in values) else values))
        return cls(key, (), low, high)

    def at(self, quantile: float) -> Any:
        """Return the value at a share of the way through the list or range.

        Parameters
        ----------
        quantile
            The share, 0..1.
        """
        if self.values:
            return self.values[min(int(quantile * len(self.values)), len(self.values) - 1)]
        return self.low + quantile * (self.high - self.low)


def points_of(
    varied: Sequence[Varied],
    sampling: Sampling | str = Sampling.GRID,
    *,
    count: int = 64,
    seed: int = 1,
    scenario: Scenario | None = None,
) -> tuple[Point, ...]:
    """Return the points that an experiment visits.

    Parameters
    ----------
    varied
        What is varied; no key twice.
    sampling
        ``grid``: all combinations of lists. ``lhs``: a Latin hypercube (McKay, Beckman & Conover 1979). ``sobol``: a
        scrambled Sobol sequence (Sobol 1967; Owen 1998), evenly spread if ``count`` is a power of two.
    count
        Points of a sample.
    seed
        Seed of a sample.
    scenario
        Where it is given, samples of keys that take whole numbers only are rounded to these.

    Returns
    -------
    tuple of dict
        Values by dotted key, point by point.

    Raises
    ------
    ValueError
        If a key is varied twice, there is no such sampling, a grid has a range without a count, or there are no points.
    """
    keys = [one.key for one in varied]
    for key in keys:
        if keys.count(key) > 1:
            raise ValueError(f"--vary {key}: is varied twice")
    if sampling not in list(Sampling):
        raise ValueError(f"sample = {sampling!r}: must be one of {', '.join(Sampling)}")
    way = Sampling(sampling)
    if way is Sampling.GRID:
        for one in varied:
            if not one.values:
                raise ValueError(
                    f"--vary {one.key}: a grid needs LOW:HIGH:COUNT; LOW:HIGH is for --sample lhs or sobol"
                )
        if (many := math.prod(len(one.values) for one in varied)) > _MOST:
            raise ValueError(f"a grid of {many:,} points: there may be {_MOST:,} at most; take --sample lhs or sobol")
        return tuple(
            dict(zip(keys, values, strict=True)) for values in itertools.product(*(one.values for one in varied))
        )
    if not 1 <= count <= _MOST:
        raise ValueError(f"points = {count}: must lie in 1..{_MOST}")
    whole = {one.key for one in varied if scenario is not None and takes_whole_numbers(scenario, one)}
    return tuple(
        {
            one.key: round(one.at(share)) if one.key in whole else one.at(share)
            for one, share in zip(varied, row, strict=True)
        }
        for row in unit_points(way, len(varied), count, seed).tolist()
    )


def takes_whole_numbers(scenario: Scenario, one: Varied) -> bool:
    """Whether a scenario's key takes whole numbers only, as far as the ends of a range tell."""
    if one.values or not (one.low.is_integer() and one.high.is_integer()) or is_allowed(scenario, {one.key: one.low}):
        return False
    return any(is_allowed(scenario, {one.key: int(end)}) for end in (one.low, one.high))


def is_allowed(scenario: Scenario, point: Point) -> bool:
    """Whether the scenario allows a point's values together."""
    try:
        scenario.with_values(point)
    except ValueError:
        return False
    return True


def unit_points(sampling: Sampling, dimensions: int, count: int, seed: int) -> NDArray[np.float64]:
    """Return points of the unit cube, shape (count, dimensions).

    Worlds take any whole number as a seed, SciPy none below zero.
    """
    if sampling is Sampling.LATIN:
        return np.asarray(qmc.LatinHypercube(dimensions, rng=seed % 2**64).random(count))
    engine = qmc.Sobol(dimensions, rng=seed % 2**64)
    # SciPy balances powers of two only; the first points of the next power are as good as any.
    return np.asarray(engine.random_base2(int(np.ceil(np.log2(max(count, 1))))))[:count]


def check_points(scenario: Scenario, points: Sequence[Mapping[str, Any]], strategies: Sequence[str]) -> None:
    """Raise a ValueError of one line at what cannot be meant, before anything is run.

    That is the first point that the scenario does not allow, and levers of a strategy that nobody follows: they would
    change nothing.
    """
    focal = scenario.focal_company
    rivals = (company.strategy for number, company in enumerate(scenario.companies) if number != focal)
    followed = {*strategies, *rivals}
    followed |= {change.strategy for changes in scenario.schedule.values() for change in changes if change.strategy}
    for key in points[0] if points else ():
        table, _, rest = key.partition(".")
        named = {*followed, *(str(point[other]) for point in points for other in point if other.endswith(".strategy"))}
        if table == "levers" and not any(rest.startswith(f"{name}.") for name in named):
            owner = rest.rpartition(".")[0]
            raise ValueError(f"{key}: nobody follows {owner!r} here; vary the levers of {', '.join(strategies)}")
        if key == f"companies.{focal}.strategy":
            raise ValueError(f"{key}: is what is compared; name --strategies instead")
        if key in _WORDS:
            raise ValueError(f"{key}: changes nothing but words; vary what the worlds depend on")
    for point in points:
        scenario.with_values(point)


def _value(text: str) -> Any:
    """Read a value as in a scenario file; what is none is text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
