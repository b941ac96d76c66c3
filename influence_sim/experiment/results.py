"""What a comparison found: labelled values, estimates, contrasts, and the files they are written to."""

from __future__ import annotations

import csv
import errno
import json
import math
import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from influence_sim.core.measures import Measure
from influence_sim.experiment.contrasts import Contrast, Estimate, contrast, estimate, over_days

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


_REPORTED = ("mean", "low", "high", "p_positive")
_FILES = ("daily.csv", "summary.csv", "manifest.json")


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """The worlds of a comparison: strategy × replicate × company × day × measure.

    Attributes
    ----------
    values
        Shape (strategies, replicates, companies, days, measures).
    strategies, companies, measures
        What the axes are; days and replicates count from 0.
    focal
        Number of the company that followed the strategies; estimates and contrasts are its own.
    manifest
        What is needed to run this again: scenario in full, seeds, versions, time, machine.
    messages
        Every post, share and reply, if they were kept: arrays of one length, by column.
    """

    values: NDArray[np.float64]
    strategies: tuple[str, ...]
    companies: tuple[str, ...]
    measures: tuple[Measure, ...]
    focal: int
    manifest: dict[str, Any]
    messages: dict[str, NDArray[Any]] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        _, replicates, _, days, _ = self.values.shape
        focal = self.companies[self.focal]
        return f"Comparison of {', '.join(self.strategies)} for {focal}: {replicates} replicates of {days} days"

    @cached_property
    def summary(self) -> NDArray[np.float64]:
        """One number per strategy, replicate, company and measure; days are summed, averaged, or the last is taken."""
        return np.stack([over_days(self.values[..., m], measure) for m, measure in enumerate(self.measures)], axis=-1)

    @cached_property
    def estimates(self) -> dict[str, dict[str, Estimate]]:
        """By measure and strategy: the focal company's mean over replicates with its interval."""
        return {
            measure.name: {
                strategy: estimate(self.summary[s, :, self.focal, m]) for s, strategy in enumerate(self.strategies)
            }
            for m, measure in enumerate(self.measures)
        }

    @cached_property
    def contrasts(self) -> dict[str, dict[str, Contrast]]:
        """By measure and pair, ``"b - a"`` for every strategy b that is named after a: the paired difference."""
        pairs = [(a, b) for b in range(len(self.strategies)) for a in range(b)]
        pairs.sort()
        return {
            measure.name: {
                f"{self.strategies[b]} - {self.strategies[a]}": contrast(
                    self.summary[b, :, self.focal, m], self.summary[a, :, self.focal, m]
                )
                for a, b in pairs
            }
            for m, measure in enumerate(self.measures)
        }

    @cached_property
    def daily(self) -> xr.DataArray:
        """All values, labelled: strategy × replicate × company × day × measure."""
        import xarray as xr

        return xr.DataArray(
            self.values,
            dims=("strategy", "replicate", "company", "day", "measure"),
            coords={
                "strategy": list(self.strategies),
                "replicate": np.arange(self.values.shape[1]),
                "company": list(self.companies),
                "day": np.arange(self.values.shape[3]),
                "measure": [measure.name for measure in self.measures],
            },
            name="value",
        )

    def to_frame(self) -> pd.DataFrame:
        """Return the daily values as a tidy table: strategy, replicate, company, day, measure, value."""
        return self.daily.to_series().reset_index()

    def to_summary_frame(self) -> pd.DataFrame:
        """Return estimates and contrasts as a table: measure, unit, what, mean, low, high, p_positive."""
        import pandas as pd

        return pd.DataFrame(list(self._summary_rows()))

    def to_dict(self) -> dict[str, Any]:
        """Return estimates, contrasts and manifest as plain values; what is not a number becomes None."""
        return {
            "measures": {m: {s: _plain(e) for s, e in by.items()} for m, by in self.estimates.items()},
            "contrasts": {m: {p: _plain(c) for p, c in by.items()} for m, by in self.contrasts.items()},
            "manifest": self.manifest,
        }

    def write(self, folder: str | Path) -> None:
        """Write ``summary.csv``, ``daily.csv`` and ``manifest.json``; each appears whole or not at all.

        Raises
        ------
        OSError
            If the folder cannot be made or written to.
        """
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target, prefix=".writing-") as scratch:
            self._write_daily(Path(scratch, "daily.csv"))
            self._write_summary(Path(scratch, "summary.csv"))
            text = json.dumps(self.manifest, indent=2, ensure_ascii=False, allow_nan=False)
            Path(scratch, "manifest.json").write_text(text + "\n", encoding="utf-8")
            # The manifest comes last: where it stands, the rest is complete.
            (target / "manifest.json").unlink(missing_ok=True)
            for name in _FILES:
                os.replace(Path(scratch, name), target / name)

    def _write_daily(self, file: Path) -> None:
        names = [measure.name for measure in self.measures]
        with file.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(["strategy", "replicate", "company", "day", "measure", "value"])
            for s, strategy in enumerate(self.strategies):
                for replicate in range(self.values.shape[1]):
                    for c, company in enumerate(self.companies):
                        days = self.values[s, replicate, c].tolist()
                        writer.writerows(
                            (strategy, replicate, company, day, name, _text(value))
                            for day, row in enumerate(days)
                            for name, value in zip(names, row, strict=True)
                        )

    def _write_summary(self, file: Path) -> None:
        rows = list(self._summary_rows())
        with file.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows({k: _text(v) if isinstance(v, float) else v for k, v in row.items()} for row in rows)

    def _summary_rows(self) -> Iterator[dict[str, Any]]:
        for measure in self.measures:
            for strategy, found in self.estimates[measure.name].items():
                yield _row(measure, "strategy", strategy, found)
            for pair, difference in self.contrasts[measure.name].items():
                yield _row(measure, "difference", pair, difference)


def check_writable(folder: str | Path) -> None:
    """Make a folder and write to it, to learn before a long run whether its results can be kept.

    Raises
    ------
    OSError
        If that fails; nothing is left behind that was not there.
    """
    target = Path(folder)
    missing = [parent for parent in (target, *target.parents) if not parent.exists()]
    try:
        target.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=target):
            pass
        for name in _FILES:
            if (target / name).is_dir():
                raise IsADirectoryError(errno.EISDIR, "is a folder, where a file is to be written", str(target / name))
    finally:
        for folder in missing:
            # Not empty any more, or never made: it is not ours to remove.
            with suppress(OSError):
                folder.rmdir()


def _row(measure: Measure, what: str, name: str, found: Estimate | Contrast) -> dict[str, Any]:
    p_positive = found.p_positive if isinstance(found, Contrast) else math.nan
    return {
        "measure": measure.name,
        "unit": measure.unit,
        "over_days": measure.summary,
        "what": what,
        "name": name,
        "mean": found.mean,
        "low": found.low,
        "high": found.high,
        "p_positive": p_positive,
    }


def _text(value: float) -> str:
    """Write a number so that it reads back the same, and nothing where there is none."""
    return "" if math.isnan(value) else repr(value)


def _plain(found: Estimate) -> dict[str, float | None]:
    values = asdict(found)
    return {key: values[key] if math.isfinite(values[key]) else None for key in _REPORTED if key in values}
