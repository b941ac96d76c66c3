"""What cells mean: times, numbers, yes and no, places in a tree."""

from __future__ import annotations

import re
import warnings
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from influence_sim.data.files import DAY_NUMBERS, UNIX_SECONDS

_SECONDS = {"s": 1.0, "sec": 1.0, "second": 1.0, "seconds": 1.0, "min": 60.0, "minutes": 60.0, "h": 3600.0}
_SECONDS |= {"hour": 3600.0, "hours": 3600.0, "d": 86400.0, "days": 86400.0}
_TRUE = {"true", "yes", "1", "y", "t", "churned", "left", "exited", "lost", "cancelled"}
_FALSE = {"false", "no", "0", "n", "f", "stayed", "active", "retained", "existing"}
_ZONED = r"(?:\d:\d\d(?::\d\d(?:[.,]\d+)?)?|T\d\d)\s*(?:Z|UTC|GMT|[+-]\d\d:?(?:\d\d)?)(?:\s+\d{4})?\s*$"
_TWO_FIRST = r"^\s*(\d{1,2})([/.-])(\d{1,2})[/.-]\d{2,4}\b"


_YEARS = (1900, 2200)
"""Of what a record may hold; 9999-12-31 says never."""


def check_zone(timezone: str) -> None:
    """Raise a ValueError if there is no such time zone."""
    try:
        ZoneInfo(timezone)
    except (KeyError, ValueError, OSError, IndexError):
        raise ValueError(f"timezone {timezone!r}: there is no such time zone; Europe/Berlin is one") from None


def times(values: pd.Series, timezone: str) -> tuple[pd.Series, bool, bool]:
    """Return times in a zone, whether all told their own, and whether they are more than dates.

    What cannot be read is missing.

    Raises
    ------
    ValueError
        If a column cannot be read at all, or it is not clear whether the day or the month comes first; what is wrong
        and what would be right.
    """
    if pd.api.types.is_datetime64_any_dtype(values):
        if isinstance(values.dtype, pd.DatetimeTZDtype):
            return _possible(values).dt.tz_convert(timezone), True, True
        told = _possible(values)
        return _localised(told, timezone), False, _has_hours(told)
    numbers = pd.to_numeric(values, errors="coerce")
    if numbers.notna().any() and numbers.notna().sum() > values.notna().sum() / 2:
        return _of_numbers(values, numbers, timezone)
    said = values.astype("string").str.strip()
    # Read as the moment of reading, they would be another each time.
    said = said.mask(said.str.lower().isin(["now", "today"]))
    zoned = said.str.contains(_ZONED, regex=True).fillna(False).astype(bool)
    day_first = _day_first(said)
    found = pd.Series(pd.NaT, index=values.index, dtype=f"datetime64[ns, {timezone}]")
    with warnings.catch_warnings():
        # Where no single format fits, pandas warns that it reads value by value, which is what is wanted.
        warnings.simplefilter("ignore", UserWarning)
        if zoned.any():
            told = _possible(pd.to_datetime(said[zoned], format="mixed", errors="coerce", utc=True, dayfirst=day_first))
            found[zoned] = told.dt.tz_convert(timezone).astype(found.dtype)
        has_hours = bool(zoned.any())
        if not zoned.all():
            told = _possible(_without_zones(said[~zoned], day_first))
            found[~zoned] = _localised(told, timezone).astype(found.dtype)
            has_hours |= _has_hours(told)
    if found.isna().all() and values.notna().any():
        raise ValueError("holds no times; dates such as 2026-11-22 09:30 are expected")
    return found, bool(zoned[values.notna()].all()), has_hours


def _of_numbers(values: pd.Series, numbers: pd.Series, timezone: str) -> tuple[pd.Series, bool, bool]:
    known = numbers.dropna()
    if known.between(*DAY_NUMBERS).mean() > 0.9 and (known % 1 == 0).all():
        days = pd.to_datetime(values.astype("string").str.strip(), format="%Y%m%d", errors="coerce")
        return _localised(days, timezone), False, False
    for size in (1, 1000):
        if (known / size).between(*UNIX_SECONDS).mean() > 0.9:
            told = pd.to_datetime(numbers / size, unit="s", utc=True, errors="coerce")
            return told.dt.tz_convert(timezone), True, True
    raise ValueError("holds numbers that are no times; dates or Unix seconds are")


def _without_zones(said: pd.Series, day_first: bool) -> pd.Series:
    """Return times that say no zone; those that turn out to say one, in a way of their own, are missing."""
    try:
        told = pd.to_datetime(said, format="mixed", errors="coerce", dayfirst=day_first)
        if isinstance(told.dtype, np.dtype) and told.dtype.kind == "M":
            return told
    except (TypeError, ValueError):
        pass
    each = [pd.to_datetime(one, errors="coerce", dayfirst=day_first) for one in said]
    return pd.Series([pd.NaT if one.tzinfo is not None else one for one in each], said.index, "datetime64[ns]")


def _possible(told: pd.Series) -> pd.Series:
    """Return times, those missing that no record can hold; some of them fit into no nanoseconds."""
    return told.where(told.dt.year.between(*_YEARS))


def _localised(told: pd.Series, timezone: str) -> pd.Series:
    there: pd.Series = told.dt.tz_localize(timezone, ambiguous="NaT", nonexistent="shift_forward")
    return there


def _has_hours(told: pd.Series) -> bool:
    known = told.dropna()
    return bool((known != known.dt.normalize()).any())


def _day_first(said: pd.Series) -> bool:
    """Whether 03/04/2026 is in April, by what else stands in the column."""
    parts = said.str.extract(_TWO_FIRST)
    first, second = (pd.to_numeric(parts[place]) for place in (0, 2))
    if first.isna().all():
        return False
    day_first, month_first = bool((first > 12).any()), bool((second > 12).any())
    if day_first and month_first:
        raise ValueError("has days first and months first; dates such as 2026-11-22 are expected")
    if not (day_first or month_first):
        if (parts[1].dropna() == ".").all():
            # Dots are written where days come first.
            return True
        example = said[first.notna()].iloc[0]
        raise ValueError(f"has {example}, where the day or the month may come first; write dates as 2026-11-22")
    return day_first


def numbers(values: pd.Series) -> pd.Series:
    """Return numbers; what is none is missing.

    Raises
    ------
    ValueError
        If none is one, though there are values.
    """
    found = pd.to_numeric(values, errors="coerce").replace([np.inf, -np.inf], np.nan).astype(float)
    if found.isna().all() and values.notna().any():
        raise ValueError("holds no numbers; name the right one by --column ROLE=NAME")
    return found


def truths(values: pd.Series) -> pd.Series:
    """Return 1 for yes and 0 for no; what is neither is missing.

    Raises
    ------
    ValueError
        If none is either, though there are values.
    """
    said = values.astype("string").str.strip().str.lower().str.removesuffix(".0")
    told = pd.Series(np.nan, index=values.index)
    told[said.isin(_TRUE)] = 1.0
    told[said.isin(_FALSE)] = 0.0
    if told.isna().all() and values.notna().any():
        raise ValueError("holds neither yes nor no")
    return told


def tree_numbers(node: pd.Series, parent: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return numbers that tell nodes apart whatever they are called, and −1 for the parent of a first post."""
    called = [column.astype("string").str.strip().str.removesuffix(".0") for column in (node, parent)]
    number = pd.factorize(pd.concat(called))[0].reshape(2, -1).astype(float)
    first = called[1].isna() | called[1].str.lower().isin(["-1", "", "none", "null"])
    return (
        pd.Series(number[0], index=node.index).where(called[0].notna()),
        pd.Series(number[1], index=node.index).mask(first, -1.0),
    )


def seconds_in(column: str) -> float:
    """Return the seconds of the unit at the end of a column's name; 1 if there is none."""
    return _SECONDS.get(re.sub(r"[^a-z]+", "_", column.lower()).rsplit("_", 1)[-1], 1.0)


def lost(before: pd.Series, after: pd.Series) -> int:
    """Return how many values there were that cannot be read; ``NA`` says itself that it is none."""
    there = before.notna() & ~before.astype("string").isin(["NA", "N/A", "n/a", "-"]).fillna(False)
    return int((there & after.isna()).sum())
