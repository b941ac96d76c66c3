"""What a sensitivity analysis says of keys: how much each matters, and how surely."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from influence_sim.experiment.contrasts import Estimate
from influence_sim.experiment.factors import Factor
from influence_sim.experiment.folders import StoreError, check_format
from influence_sim.experiment.studies import write_tables
from influence_sim.files import read_json

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

type F8 = NDArray[np.float64]

RESAMPLES = 1000
"""Bootstrap samples of every interval."""


class Method(StrEnum):
    """How sensitivity is measured."""

    MORRIS = "morris"
    SOBOL = "sobol"


@dataclass(frozen=True, slots=True)
class Importance:
    """What is known of one key's effect.

    Attributes
    ----------
    factor
        The key and the range over which it was varied.
    indices
        Intervals (95 %, bootstrap over paths or samples). Morris: ``mu_star``, the mean size of the change of the
        difference when the key crosses its whole range, ``mu``, the same with its sign, and ``sigma``, how much it
        differs from place to place (interactions, curvature). Sobol: ``first``, the share of variance that the key
        explains alone, and ``total``, alone and together with others.
    chance
        What a key may reach that only lets chance fall otherwise, as the spread over replicates tells: for ``mu_star``
        the mean size of what chance adds to an effect, and to that what it may add to all of them together (97.5 %);
        for ``total`` the share of variance that chance has. Zero for a function without chance, unknown from one
        replicate.
    is_sure
        Whether the key surely matters. Its index is above what chance may reach in 97.5 % of all bootstrap samples, or,
        for Morris, its mean effect is not zero, as the replicates tell (5 % false discoveries among all keys).
    """

    factor: Factor
    indices: dict[str, Estimate]
    chance: float
    is_sure: bool

    @property
    def main(self) -> Estimate:
        """The index by which keys are ranked."""
        return self.indices["mu_star" if "mu_star" in self.indices else "total"]


@dataclass(frozen=True)
class Sensitivity:
    """What a sensitivity analysis found.

    Attributes
    ----------
    method, output, unit
        How it was measured, of what, and in which unit.
    importances
        By importance, the greatest first.
    points, replicates, worlds
        How much was run.
    count
        Paths (Morris) or base samples (Sobol).
    redrawn, lost
        Paths or samples that were drawn again because the scenario forbids a point of theirs, and those left out
        because all worlds of a point failed.
    mean
        Mean of the output over all points; for Morris' paths, which favour the ends of ranges, a rough one.
    share_positive
        Share of points at which the output is positive.
    noise
        Share of the variance over points that is chance, which so many replicates leave.
    held
        What was held fixed, in words.
    samples
        Points with their outputs.
    manifest
        What is needed to run this again.
    """

    method: Method
    output: str
    unit: str
    importances: tuple[Importance, ...]
    points: int
    replicates: int
    worlds: int
    count: int
    redrawn: int
    lost: int
    mean: float
    share_positive: float
    noise: float
    held: str = ""
    samples: list[dict[str, Any]] = field(default_factory=list, repr=False)
    manifest: dict[str, Any] = field(default_factory=dict, repr=False)

    def _repr_html_(self) -> str:
        from influence_sim.experiment.displays import display

        return display(f"Sensitivity ({self.method}) of {self.output}", [], self.rows())

    def plot(self) -> Figure:
        """Draw the keys that matter most (needs the extra ``viz``).

        Returns
        -------
        Figure
            By Matplotlib.
        """
        from influence_sim.figures.importance import importance

        return importance([self])

    def rows(self) -> list[dict[str, Any]]:
        """Return a row per key, by importance."""
        return [
            {
                "key": one.factor.key,
                "low": one.factor.low,
                "high": one.factor.high,
                **{
                    f"{name}{end}": getattr(found, what)
                    for name, found in one.indices.items()
                    for end, what in (("", "mean"), ("_low", "low"), ("_high", "high"))
                },
                "chance": one.chance,
                "is_sure": one.is_sure,
            }
            for one in self.importances
        ]

    def about(self) -> dict[str, Any]:
        """Return what else is known, as plain values."""
        names = ("output", "unit", "points", "replicates", "worlds", "count", "redrawn", "lost", "mean")
        more = ("share_positive", "noise", "held")
        return {"method": str(self.method), **{name: getattr(self, name) for name in (*names, *more)}}

    def to_frame(self) -> pd.DataFrame:
        """Return :meth:`rows` as a table."""
        import pandas as pd

        return pd.DataFrame(self.rows())

    def write(self, folder: str | Path) -> tuple[str, ...]:
        """Write ``sensitivity.csv``, ``points.csv`` and the manifest.

        Parameters
        ----------
        folder
            Where; made if it does not exist.

        Returns
        -------
        tuple of str
            The files' names.
        """
        about = {name: None if value != value else value for name, value in self.about().items()}
        manifest = {**self.manifest, "sensitivity": about}
        return write_tables(folder, {"sensitivity.csv": self.rows(), "points.csv": self.samples}, manifest)


def read_sensitivity(folder: str | Path) -> Sensitivity:
    """Return what :meth:`Sensitivity.write` wrote to a folder, without the points.

    Raises
    ------
    ValueError
        If the folder holds none; one line.
    """
    place = Path(folder)
    try:
        manifest = read_json(place / "manifest.json")
        check_format(manifest, place / "manifest.json")
        about: dict[str, Any] = {
            name: np.nan if value is None else value for name, value in manifest["sensitivity"].items()
        }
        with (place / "sensitivity.csv").open(newline="", encoding="utf-8") as file:
            importances = tuple(_importance(row) for row in csv.DictReader(file))
        method = Method(about.pop("method"))
        return Sensitivity(method=method, importances=importances, **about, manifest=manifest)
    except StoreError:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{folder}: holds no sensitivity analysis that can be read ({error})") from None


def _importance(row: Mapping[str, str]) -> Importance:
    """Return what a row of ``sensitivity.csv`` says."""
    values = {name: float(text) if text else np.nan for name, text in row.items() if name not in ("key", "is_sure")}
    names = [name for name in ("mu_star", "mu", "sigma", "first", "total") if name in values]
    return Importance(
        factor=Factor(row["key"], values["low"], values["high"]),
        indices={name: Estimate(*(values[f"{name}{end}"] for end in ("", "_low", "_high"))) for name in names},
        chance=values["chance"],
        is_sure=row["is_sure"] == "True",
    )


def interval(value: float, resampled: F8) -> Estimate:
    """Return a value with the middle 95 % of what it is in resampled data."""
    known = resampled[~np.isnan(resampled)]
    low, high = np.quantile(known, [0.025, 0.975]) if known.size else (np.nan, np.nan)
    return Estimate(float(value), float(low), float(high))


def replicate_mean(values: F8) -> F8:
    """Return means over replicates (last axis); worlds that failed are left out."""
    known = ~np.isnan(values)
    total = np.where(known, values, 0.0).sum(axis=-1)
    counts = known.sum(axis=-1)
    return np.asarray(np.divide(total, counts, out=np.full(total.shape, np.nan), where=counts > 0))


def replicate_error(values: F8) -> F8:
    """Return standard errors of means over replicates (last axis)."""
    known = ~np.isnan(values)
    counts = known.sum(axis=-1)
    squares = np.where(known, values - replicate_mean(values)[..., None], 0.0) ** 2
    variance = np.divide(squares.sum(axis=-1), counts - 1, out=np.full(counts.shape, np.nan), where=counts > 1)
    return np.asarray(np.sqrt(variance / np.maximum(counts, 1)))
