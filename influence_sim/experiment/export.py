"""Tables of results in open formats: CSV always, Parquet if asked for. One comparison is in memory at a time."""

from __future__ import annotations

import csv
import errno
import json
import math
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from influence_sim.core.measures import Quantity
from influence_sim.experiment.anatomy import Table
from influence_sim.experiment.contrasts import Contrast, Estimate
from influence_sim.experiment.folders import SCRATCH, Hold, naming
from influence_sim.extras import needs_extra

if TYPE_CHECKING:
    from influence_sim.experiment.results import Comparison

RESULT_FILES = (
    "daily.csv",
    "spared.csv",
    "runs.csv",
    "summary.csv",
    "storms.csv",
    "cascades.csv",
    "switches.csv",
    "failures.csv",
    "manifest.json",
)
"""What a result is written to; ``spared.csv`` is ``daily.csv`` of the counterfactual worlds."""
PARQUET_FILE = "daily.parquet"

_DAILY = ("strategy", "replicate", "company", "day", "measure", "value")

NO_FAILURES: Table = {name: np.empty(0) for name in ("strategy", "replicate", "fate", "seed", "error")}

type Labels = Mapping[str, Any]
"""What was varied, by dotted key: the first columns of every table."""


def export(
    folder: str | Path,
    parts: Iterable[tuple[Labels, Comparison]],
    manifest: Mapping[str, Any],
    *,
    daily: bool = True,
    parquet: bool = False,
) -> None:
    """Write the files of :data:`RESULT_FILES`; each appears whole or not at all.

    Parameters
    ----------
    folder
        Where; made if it does not exist.
    parts
        Comparisons with the values of what was varied, in order; they are asked for one by one.
    manifest
        What is needed to run this again.
    daily
        Whether to write the daily values; their tables stay empty otherwise.
    parquet
        Whether to write the daily values as Parquet too, which needs the extra ``data``.

    Raises
    ------
    OSError
        If the folder cannot be made or written to.
    ValueError
        If Parquet is asked for and cannot be written, or a run writes to the folder.
    """
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    with naming(target), Hold(target), tempfile.TemporaryDirectory(dir=target, prefix=SCRATCH) as scratch:
        _write_tables(Path(scratch), parts, daily, parquet)
        text = json.dumps(manifest, indent=2, ensure_ascii=False, allow_nan=False)
        Path(scratch, "manifest.json").write_text(text + "\n", encoding="utf-8")
        # The manifest comes last: where it stands, the rest is complete.
        (target / "manifest.json").unlink(missing_ok=True)
        for name in files_of(parquet):
            os.replace(Path(scratch, name), target / name)


def files_of(parquet: bool) -> tuple[str, ...]:
    """Return the names of the files that are written, in their order."""
    return (PARQUET_FILE, *RESULT_FILES) if parquet else RESULT_FILES


def check_parquet() -> None:
    """Raise a ValueError where Parquet cannot be written."""
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError:
        raise ValueError(needs_extra("Parquet", "data")) from None


def _write_tables(scratch: Path, parts: Iterable[tuple[Labels, Comparison]], daily: bool, parquet: bool) -> None:
    with ExitStack() as open_files:
        tables: dict[str, _Csv] = {}

        def add(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
            if name not in tables:
                stream = (scratch / name).open("w", encoding="utf-8", newline="")
                tables[name] = _Csv(open_files.enter_context(stream))
            tables[name].add(header, rows)

        columns = open_files.enter_context(_Parquet(scratch / PARQUET_FILE)) if parquet else None
        for labels, found in parts:
            before = tuple(labels.values())
            for name, values in (("daily.csv", found.values), ("spared.csv", found.spared)):
                rows = _days(found, values, before) if daily and values is not None else ()
                add(name, [*labels, *_DAILY], rows)
            if columns is not None:
                columns.add(found.to_frame().assign(**labels))
            add("runs.csv", [*labels, *_run_header(found)], _runs(found, before))
            add("summary.csv", [*labels, *SUMMARY], _summary(found, before))
            for name, table in (
                ("storms.csv", found.storms),
                ("cascades.csv", found.cascades),
                ("switches.csv", switch_table(found)),
                ("failures.csv", found.failures or NO_FAILURES),
            ):
                add(name, [*labels, *table] if table else [], _rows(table, before))


class _Csv:
    """A table that grows; the first header that has names counts, as worlds that all failed know none."""

    def __init__(self, stream: Any) -> None:
        self._writer = csv.writer(stream, lineterminator="\n")
        self._has_header = False

    def add(self, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        if not self._has_header and header:
            self._has_header = True
            self._writer.writerow(header)
        self._writer.writerows(rows)


class _Parquet:
    """A Parquet table that grows."""

    def __init__(self, file: Path) -> None:
        check_parquet()
        import pyarrow.parquet

        self._arrow, self._file = pyarrow, file
        self._writer: Any = None

    def __enter__(self) -> _Parquet:
        return self

    def __exit__(self, *error: object) -> None:
        if self._writer is not None:
            self._writer.close()

    def add(self, frame: Any) -> None:
        table = self._arrow.Table.from_pandas(frame, preserve_index=False)
        if self._writer is None:
            self._writer = self._arrow.parquet.ParquetWriter(self._file, table.schema)
        self._writer.write_table(table)


def _days(found: Comparison, values: NDArray[np.float64], before: tuple[Any, ...]) -> Iterator[Sequence[Any]]:
    names = [measure.name for measure in found.measures]
    for s, strategy in enumerate(found.strategies):
        for replicate in range(values.shape[1]):
            for c, company in enumerate(found.companies):
                days = values[s, replicate, c].tolist()
                yield from (
                    (*before, strategy, replicate, company, day, name, _text(value))
                    for day, row in enumerate(days)
                    for name, value in zip(names, row, strict=True)
                )


def _run_header(found: Comparison) -> list[str]:
    return ["strategy", "replicate", "company", *(quantity.name for quantity in found.quantities)]


def _runs(found: Comparison, before: tuple[Any, ...]) -> Iterator[Sequence[Any]]:
    summary = found.summary
    for s, strategy in enumerate(found.strategies):
        for replicate in range(found.values.shape[1]):
            for c, company in enumerate(found.companies):
                numbers = (_text(float(summary[one.name][s, replicate, c])) for one in found.quantities)
                yield (*before, strategy, replicate, company, *numbers)


SUMMARY = ("measure", "unit", "over_days", "what", "name", "mean", "low", "high", "p_positive")


def summary_rows(found: Comparison) -> Iterator[dict[str, Any]]:
    """Yield estimates and contrasts as rows."""
    for measure in found.quantities:
        for strategy, estimate in found.estimates[measure.name].items():
            yield _row(measure, "strategy", strategy, estimate)
        for pair, difference in found.contrasts[measure.name].items():
            yield _row(measure, "difference", pair, difference)


def _row(measure: Quantity, what: str, name: str, found: Estimate | Contrast) -> dict[str, Any]:
    p_positive = found.p_positive if isinstance(found, Contrast) else math.nan
    entries = (measure.name, measure.unit, measure.summary, what, name, found.mean, found.low, found.high, p_positive)
    return dict(zip(SUMMARY, entries, strict=True))


def _summary(found: Comparison, before: tuple[Any, ...]) -> Iterator[Sequence[Any]]:
    for row in summary_rows(found):
        yield (*before, *(_text(value) if isinstance(value, float) else value for value in row.values()))


def switch_table(found: Comparison) -> Table:
    """Return purchases by the company last bought from and the one chosen instead, per run."""
    strategy, replicate, origin, target = np.indices(found.switches.shape).reshape(4, -1)
    companies = np.array([*found.companies, ""])
    return {
        "strategy": np.array(found.strategies)[strategy],
        "replicate": replicate,
        "from": companies[origin],
        "to": companies[target],
        "purchases": found.switches.ravel(),
        **({} if found.spared_switches is None else {"without_incident": found.spared_switches.ravel()}),
    }


def _rows(table: Table, before: tuple[Any, ...]) -> Iterator[Sequence[Any]]:
    for row in zip(*(np.asarray(column).tolist() for column in table.values()), strict=True):
        yield (*before, *(_text(value) if isinstance(value, float) else value for value in row))


def _text(value: float) -> str:
    """Write a number so that it reads back the same, and nothing where there is none."""
    return "" if math.isnan(value) else repr(value)


def check_writable(folder: str | Path) -> None:
    """Learn before a long run whether a folder can be written to, or made; nothing is left in it.

    Raises
    ------
    OSError
        If not.
    """
    target = Path(folder)
    if target.exists() and not target.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "is a file, where a folder is needed", str(target))
    # What is not there yet is not made: another run may be making it at this moment.
    there = next(place for place in (target, *target.absolute().parents) if place.exists())
    with naming(target), tempfile.TemporaryFile(dir=there):
        pass
    for name in RESULT_FILES:
        if (target / name).is_dir():
            raise IsADirectoryError(errno.EISDIR, "is a folder, where a file is to be written", str(target / name))
