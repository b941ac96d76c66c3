"""Where the tests find real data, which is not part of the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

VARIABLE = "INFLUENCE_SIM_DATA"
ROOT = Path(__file__).resolve().parents[1]


def data_folder() -> Path | None:
    """Return the folder of real data, or None where there is none.

    It is named by the environment variable ``INFLUENCE_SIM_DATA`` or, if that is unset, stands beside the checkout as
    ``../shared/data``. It holds the folders ``graphs``, ``cascades``, ``conversations``, ``churn`` and ``attention``,
    with the files that its README.md describes: the texts gzipped, as published.
    """
    named = os.environ.get(VARIABLE)
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    return folder if folder.is_dir() else None


def real_data(relative: str) -> Path:
    """Return the path of a file of real data (such as ``graphs/wiki-Vote.txt.gz``); skip the test without it."""
    folder = data_folder()
    if folder is None:
        pytest.skip(f"no real data: name their folder in {VARIABLE}")
    path = folder / relative
    if not path.exists():
        pytest.skip(f"no {relative} in the data folder; see {VARIABLE}")
    return path
