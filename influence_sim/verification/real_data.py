"""Where real data stand, which are no part of the library, and what of them is missing."""

from __future__ import annotations

import os
from pathlib import Path

from influence_sim.verification.findings import Check

VARIABLE = "INFLUENCE_SIM_DATA"


def data_folder(checkout: Path | None = None) -> Path | None:
    """Return the folder of real data, or None where there is none.

    It is named by the environment variable ``INFLUENCE_SIM_DATA`` or, if that is unset, stands beside the checkout as
    ``../shared/data``. It holds the folders ``graphs``, ``cascades``, ``conversations``, ``churn`` and ``attention``,
    with the files that its README.md describes: the texts gzipped, as published.

    Parameters
    ----------
    checkout
        Root of the checkout; if left out, the nearest folder with a ``pyproject.toml``, from the working directory up.
    """
    named = os.environ.get(VARIABLE)
    if named:
        folder = Path(named)
    else:
        here = Path.cwd()
        roots = (
            [checkout] if checkout else [path for path in (here, *here.parents) if (path / "pyproject.toml").exists()]
        )
        if not roots:
            return None
        folder = roots[0].parent / "shared" / "data"
    return folder if folder.is_dir() else None


def missing(check: Check, folder: Path | None) -> list[str]:
    """Return which files a check needs that are not in the data folder; without a folder, all of them."""
    return [name for name in check.data if folder is None or not (folder / name).is_file()]
