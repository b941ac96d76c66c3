"""Where the tests find real data, which is not part of the repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from influence_sim.verification import real_data as place

VARIABLE = place.VARIABLE
ROOT = Path(__file__).resolve().parents[1]


def data_folder() -> Path | None:
    """Return the folder of real data, or None where there is none: see the function of that name in the library."""
    return place.data_folder(ROOT)


def real_data(relative: str) -> Path:
    """Return the path of a file of real data (such as ``graphs/wiki-Vote.txt.gz``); skip the test without it."""
    folder = data_folder()
    if folder is None:
        pytest.skip(f"no real data: name their folder in {VARIABLE}")
    path = folder / relative
    if not path.exists():
        pytest.skip(f"no {relative} in the data folder; see {VARIABLE}")
    return path
